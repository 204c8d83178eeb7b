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

// MConfig is the method of training.conflict for sampled mode.
const MConfig = "m_config"

// ConflictKinds are the methods of training.conflict.
var ConflictKinds = slices.Concat([]string{ConflictOff}, GramKinds, LossKinds, []string{MConfig})

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
	c.inside(p+"beta", k.Beta, 0, 1)
	c.conflictMode()
}

// conflictMode refuses methods that the mode of training cannot have.
func (c *check) conflictMode() {
	t := c.job.Training
	k, sampled := t.Conflict, t.Mode != "joint"
	const kind, per = "training.conflict.kind", "training.conflict.per"
	const several = "a sampled step has the gradient of one task"
	c.refuse(!sampled && k.Kind == MConfig, kind, "write config, or set training.mode to sampled",
		"%s keeps a momentum for each task of sampled steps; a joint step has the gradients themselves", k.Kind)
	c.refuse(sampled && slices.Contains(LossKinds, k.Kind), kind, "set training.mode to joint",
		"%s, and %s needs those of several", several, k.Kind)
	held := sampled && slices.Contains(GramKinds, k.Kind)
	c.refuse(held && t.Measure.Every == 0, kind,
		"set training.mode to joint, or training.measure.every, so that measurements give the factors",
		"%s, and %s needs those of several", several, k.Kind)
	c.refuse(k.Per == PerTensor && (held || k.Kind == MConfig), per, "write encoder, or set training.mode to joint",
		"in sampled mode %s has one factor for each task", k.Kind)
}
