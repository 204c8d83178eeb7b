package optim

import (
	"fmt"

	"braid/gradient"
)

// Config is an update rule and its numbers. It has no defaults: zero is a value, and job fills
// the defaults in.
type Config struct {
	Kind        string  // sgd, adam, adamw, rmsprop, adagrad
	LR          float64 // learning rate, before the schedule's factor
	Momentum    float64 // sgd, rmsprop; 0: off
	Nesterov    bool    // sgd
	Beta1       float64 // adam, adamw: decay of the running mean, below 1
	Beta2       float64 // adam, adamw: decay of the running mean of squares, below 1
	Eps         float64 // all but sgd: lower bound of the denominator
	Alpha       float64 // rmsprop: decay of the running mean of squares, below 1
	WeightDecay float64 // adamw: decoupled; otherwise added to the gradient; 0: off
	Average     Averaging
	Dense       bool // tables: untouched rows are updated too, with gradient 0
	Threads     int  // goroutines, at least one; the result does not depend on their number

	// Shape is that of the gradients: Shape.Slots[i] names the group that part i of a gradient
	// belongs to. A group has at most one part; a group without a part is never updated. If
	// Shape.Slots is nil, part i is of group i.
	Shape gradient.Shape

	// Precision is that of the increments that an update adds to parameters. With BF16 the
	// rounding error of an increment is kept and added to the next one, so that small steps are
	// not lost (error feedback; Seide et al. 2014).
	Precision gradient.Precision
}

// Chain returns the update rule as transforms. It panics on an unknown kind, which job refuses
// first.
func (c Config) Chain() []Transform {
	var chain []Transform
	if c.WeightDecay != 0 && c.Kind != "adamw" {
		chain = append(chain, Decay{c.WeightDecay})
	}
	switch c.Kind {
	case "sgd":
	case "adam":
		chain = append(chain, Adam{c.Beta1, c.Beta2, c.Eps})
	case "adamw":
		chain = append(chain, Shrink{c.WeightDecay}, Adam{c.Beta1, c.Beta2, c.Eps})
	case "rmsprop":
		chain = append(chain, RMSprop{c.Alpha, c.Eps})
	case "adagrad":
		chain = append(chain, Adagrad{c.Eps})
	default:
		panic(fmt.Sprintf("optim: unknown kind %q", c.Kind))
	}
	if c.Momentum != 0 && (c.Kind == "sgd" || c.Kind == "rmsprop") {
		chain = append(chain, Momentum{c.Momentum, c.Nesterov && c.Kind == "sgd"})
	}
	return append(chain, Descend{})
}
