package job

// BalanceStatic is the training.balance.kind without factors.
const BalanceStatic = "static"

// BalanceKinds are the methods of training.balance.
var BalanceKinds = []string{BalanceStatic, "equal", "uncertainty", "liebel", "uw_so", "imtl_l", "gls", "dwa", "rlw"}

func (c *check) balance() {
	b, p := c.job.Training.Balance, "training.balance."
	c.oneOf(p+"kind", b.Kind, BalanceKinds...)
	c.positive(p+"lr", b.LR)
	c.positive(p+"temperature", b.Temperature)
	c.inside(p+"smoothing", b.Smoothing, 0, 1)
	c.atLeast(p+"every", b.Every, 0)
}
