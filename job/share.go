package job

import (
	"fmt"
	"slices"
	"strings"
)

// Layered reports whether the encoder has the layers of encoder.lstm.
func (e *Encoder) Layered() bool { return e.of().layers }

// LayerOf returns the number of the last layer that a task reads, from 1. The encoder must have layers.
func (e *Encoder) LayerOf(t Task) int {
	if t.Layer == 0 {
		return e.LSTM.Layers
	}
	return t.Layer
}

// On reports whether there is a private encoder.
func (p Private) On() bool { return p.LSTM.Hidden > 0 }

// SharesInParts reports whether some task does not read the same part of the encoder as the others.
func (j *Job) SharesInParts() bool {
	return slices.ContainsFunc(j.Tasks, func(t Task) bool {
		return t.Layer > 0 || t.Private.On() || t.Group != j.Tasks[0].Group
	})
}

// sharing checks which part of the encoder each task reads.
func (c *check) sharing() {
	e := c.job.Encoder
	for i, t := range c.job.Tasks {
		p := fmt.Sprintf("tasks[%d]", i)
		c.refuse(strings.ContainsAny(t.Group, "./ \t\n"), p+".group", "give a short name without spaces, dots and slashes",
			"task %s has the group %q", t.Name, t.Group)
		c.atLeast(p+".layer", t.Layer, 0)
		c.refuse(t.Layer > 0 && !e.Layered(), p+".layer", "remove it", "the encoder %s has no layers", e.Kind)
		c.refuse(t.Layer > e.LSTM.Layers, p+".layer", "write at most that number, or raise encoder.lstm.layers",
			"task %s reads layer %d, and encoder.lstm.layers is %d", t.Name, t.Layer, e.LSTM.Layers)
		c.private(p+".private", t)
	}
}

// private checks the private encoder of a task.
func (c *check) private(p string, t Task) {
	l, e := t.Private.LSTM, c.job.Encoder
	c.atLeast(p+".lstm.hidden", l.Hidden, 0)
	c.atMost(p+".lstm.hidden", l.Hidden, maxHidden)
	c.atLeast(p+".lstm.layers", l.Layers, 1)
	c.atMost(p+".lstm.layers", l.Layers, maxLayers)
	c.notNegative(p+".orthogonality", t.Private.Orthogonality)
	if !t.Private.On() {
		c.refuse(t.Private != defaultTask().Private, p, "add `lstm: {hidden: N}`, or remove the other keys",
			"%s has no lstm.hidden", p)
		return
	}
	c.refuse(!e.Layered(), p, "remove it", "the encoder %s has no layers, and no private ones either", e.Kind)
	c.refuse(t.Pooling == "last" && l.Bidirectional != e.LSTM.Bidirectional, p+".lstm.bidirectional",
		"choose another pooling, or give both encoders the same directions",
		"task %s takes the last state of each direction, and its two encoders have other directions", t.Name)
}
