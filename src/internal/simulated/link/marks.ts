/**
 * Names of hosts that something holds for, as often as it was said. They are not told apart by case.
 *
 * @internal
 */
export class Marks {
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
