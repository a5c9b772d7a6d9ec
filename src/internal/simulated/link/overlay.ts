/**
 * A setting with temporary values, such as a setting that faults change. The latest value that has not been removed
 * applies. Values may be removed in any order.
 *
 * @internal
 */
export class Overlay<A> {
  private readonly base: A
  private over: ReadonlyArray<{ readonly value: A }> = []

  constructor(base: A) {
    this.base = base
  }

  get current(): A {
    return this.over.at(-1)?.value ?? this.base
  }

  /** Sets a temporary value. Returns a function that removes it. */
  lay(value: A): () => void {
    const layer = { value }
    this.over = [...this.over, layer]
    return () => {
      this.over = this.over.filter(other => other !== layer)
    }
  }
}

/** A set of host names, regardless of case. A name stays in the set until every `add` of it is undone. */
export class HostSet {
  private names: ReadonlyArray<{ readonly name: string }> = []

  has(name: string): boolean {
    const wanted = name.toLowerCase()
    return this.names.some(mark => mark.name === wanted)
  }

  /** Adds a name. Returns a function that undoes this `add`. */
  add(name: string): () => void {
    const mark = { name: name.toLowerCase() }
    this.names = [...this.names, mark]
    return () => {
      this.names = this.names.filter(other => other !== mark)
    }
  }
}
