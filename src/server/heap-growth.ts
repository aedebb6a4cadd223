import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** How much larger the heap may become, in percent, before V8 marks all of it; 0 leaves that to V8. */
const GENEROUS = 300
const V8_DECIDES = 0

/** A heap larger than this grows as V8 sees fit: there the factor would cost memory, and marking is rarer. */
const SMALL_HEAP_BYTES = 64 * 1024 * 1024

const lookMilliseconds = 1000

/**
 * Lets a small heap grow further than V8 would. A broker's own is some 20 MB, nearly all of it code, beside which buffers
 * come and go at hundreds of MB a second. V8 counts these in, so that it marked the whole heap back to back under load:
 * a quarter of the processor time of durable messages.
 */
export class HeapGrowth {
  readonly #setGrowth: (percent: number) => void
  #percent = V8_DECIDES

  constructor(setGrowth = (percent: number) => setFlagsFromString(`--heap-growing-percent=${percent}`)) {
    this.#setGrowth = setGrowth
  }

  /** Looks at the heap now and then, as long as the process lives. */
  watch(): void {
    this.look()
    setInterval(() => this.look(), lookMilliseconds).unref()
  }

  look(usedBytes: number = getHeapStatistics().used_heap_size): void {
    const percent = usedBytes < SMALL_HEAP_BYTES ? GENEROUS : V8_DECIDES
    if (percent === this.#percent) return
    this.#percent = percent
    this.#setGrowth(percent)
  }
}
