package job

import "slices"

// Values of training.conflict.kind and per.
const (
	ConflictOff = "off"
	PerEncoder  = "encoder"
	PerTensor   = "tensor"
)

// GramKinds are the methods of training.conflict that need the inner products of gradients alone.
var GramKinds = []string{"pcgrad", "cagrad", "nash_mtl", "fairgrad", "mgda", "upgrad", "dualproj", "aligned_mtl",
	"imtl_g", "config"}

// LossKinds are the methods of training.conflict that need the losses of a step, too, and learn from step to step.
var LossKinds = []string{"gradnorm", "famo", "stch"}

// ConflictKinds are the methods of training.conflict.
var ConflictKinds = slices.Concat([]string{ConflictOff}, GramKinds, LossKinds)

// Apart reports whether the gradients of the tasks of a joint step are kept apart.
func (j *Job) Apart() bool {
	kind := j.Training.Conflict.Kind
	return j.Training.Mode == "joint" && kind != ConflictOff && kind != ""
}

func (c *check) conflict() {
	k, p := c.job.Training.Conflict, "training.conflict."
	c.oneOf(p+"kind", k.Kind, ConflictKinds...)
	c.oneOf(p+"per", k.Per, PerEncoder, PerTensor)
	c.refuse(k.Per == PerTensor && slices.Contains(LossKinds, k.Kind), p+"per", "write encoder, or choose another kind",
		"%s has one factor for each task, not one for each tensor", k.Kind)
	c.notNegative(p+"c", k.C)
	c.positive(p+"fairness", k.Fairness)
	c.notNegative(p+"alpha", k.Alpha)
	c.positive(p+"lr", k.LR)
	c.notNegative(p+"gamma", k.Gamma)
	c.positive(p+"mu", k.Mu)
	c.refuse(k.Kind != ConflictOff && c.job.Training.Mode != "joint", p+"kind", "set training.mode to joint",
		"a sampled step has the gradient of one task, and %s needs those of several", k.Kind)
}
