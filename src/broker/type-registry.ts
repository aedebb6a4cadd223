/** Kinds of something, by the name they have on the wire; plug-ins add and take away. */
export class TypeRegistry<T extends { readonly name: string }> {
  readonly #types = new Map<string, T>()

  constructor(types: Iterable<T>) {
    for (const type of types) this.add(type)
  }

  add(type: T): void {
    this.#types.set(type.name, type)
  }

  remove(name: string): void {
    this.#types.delete(name)
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#types.values()
  }

  get(name: string): T | undefined {
    return this.#types.get(name)
  }

  has(name: string): boolean {
    return this.#types.has(name)
  }
}
