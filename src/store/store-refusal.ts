/** Why a data directory cannot be served, in one sentence for whoever starts the broker. Nothing was changed. */
export class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal'
}
