import { type LayoutInput, layOut } from './layout.ts'

/** Places nodes beside the page, which stays quick meanwhile. Each message is answered by one, with its number. */
self.onmessage = ({ data }: MessageEvent<{ readonly number: number; readonly input: LayoutInput }>) => {
  self.postMessage({ number: data.number, layout: layOut(data.input) })
}
