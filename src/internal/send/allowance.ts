/**
 * How much may be handed over until other events have had their turn. Writes that the system takes complete at once:
 * without bounds a busy sender would starve all else.
 *
 * @internal
 */
const bytesPerTurn = 1024 * 1024
const sendsPerTurn = 256

export class Allowance {
  private bytes = bytesPerTurn
  private sends = sendsPerTurn

  get isSpent(): boolean {
    return this.bytes <= 0 || this.sends <= 0
  }

  spendSend(): void {
    this.sends -= 1
  }

  spendBytes(bytes: number): void {
    this.bytes -= bytes
  }

  renew(): void {
    this.bytes = bytesPerTurn
    this.sends = sendsPerTurn
  }
}
