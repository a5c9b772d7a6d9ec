/**
 * A setting that can be overlaid for a while: the latest of what is laid on it holds, in whatever order it is taken away.
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

  /** Gives what takes it away again. */
  lay(value: A): () => void {
    const layer = { value }
    this.over = [...this.over, layer]
    return () => {
      this.over = this.over.filter(other => other !== layer)
    }
  }
}

export class HostSet {
  private names: ReadonlyArray<{ readonly name: string }> = []

  has(name: string): boolean {
    const wanted = name.toLowerCase()
    return this.names.some(mark => mark.name === wanted)
  }

  /** Gives what takes it back. */
  add(name: string): () => void {
    const mark = { name: name.toLowerCase() }
    this.names = [...this.names, mark]
    return () => {
      this.names = this.names.filter(other => other !== mark)
    }
  }
}
