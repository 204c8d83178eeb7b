package job

// Values of encoder.word.vectors.update and keep; the first are the defaults.
const (
	VectorsTuned  = "tuned"
	VectorsFrozen = "frozen"
	KeepAll       = "all"
	KeepSeen      = "seen"
)

var (
	vectorUpdates = []string{VectorsTuned, VectorsFrozen}
	vectorKeeps   = []string{KeepAll, KeepSeen}
)

// maxVectors bounds encoder.word.vectors.limit: a vocabulary that is read has at most 2^23 words.
const maxVectors = 4 << 20

// vectors refuses keys without a file, and pairs of keys that contradict each other.
func (c *check) vectors() {
	const p = "encoder.word.vectors."
	w := c.job.Encoder.Word
	v := w.Vectors
	c.atLeast(p+"tune_after", v.TuneAfter, 0)
	c.atLeast(p+"limit", v.Limit, 0)
	c.atMost(p+"limit", v.Limit, maxVectors)
	c.refuse(!(v.Scale > 0 && v.Scale <= 1e6), p+"scale", "write a number above 0, at most 1e6", "%sscale is %g", p,
		v.Scale)
	if v.File == "" {
		given := v.Update != "" || v.Keep != "" || v.TuneAfter > 0
		c.refuse(given, "encoder.word.vectors", "add `file: PATH`, or remove the other keys",
			"encoder.word.vectors has no file")
		return
	}
	c.oneOf(p+"update", v.Update, vectorUpdates...)
	c.oneOf(p+"keep", v.Keep, vectorKeeps...)
	c.refuse(v.TuneAfter > 0 && v.Update != VectorsTuned, p+"tune_after", "remove it, or set update to tuned",
		"frozen vectors are not tuned after any step")
	c.refuse(v.TuneAfter > 0 && w.Update != "sparse", p+"tune_after", "remove it, or set encoder.word.update to sparse",
		"a dense update changes all rows from the first step on")
}
