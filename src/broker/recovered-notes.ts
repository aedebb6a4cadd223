/** What the owner of a queue number wants to know of a message at start, beside where it lies. */
export type Note = number | string

/** Reads it off a publish record: when the message was published (wall time, milliseconds) and its properties, which are only lent. */
export type NoteOf = (wallTime: number, properties: Buffer) => Note

/** Notes of the messages of one queue number, gathered while the message log is read. */
export class RecoveredNotes {
  readonly #read: NoteOf
  readonly #sequences: number[] = []
  readonly #notes: Note[] = []
  /** Of messages that were written again, hence out of order. */
  readonly #moved = new Map<number, Note>()
  #next = 0

  constructor(read: NoteOf) {
    this.#read = read
  }

  add(sequence: number, wallTime: number, properties: Buffer): void {
    const note = this.#read(wallTime, properties)
    if (sequence <= (this.#sequences.at(-1) ?? 0)) {
      this.#moved.set(sequence, note)
      return
    }
    this.#sequences.push(sequence)
    this.#notes.push(note)
  }

  /** The note of a message; ask in the order of sequences, and once. */
  take(sequence: number): Note | undefined {
    const moved = this.#moved.get(sequence)
    if (moved !== undefined) return moved
    while (this.#next < this.#sequences.length && this.#sequences[this.#next]! < sequence) this.#next++
    return this.#sequences[this.#next] === sequence ? this.#notes[this.#next] : undefined
  }
}
