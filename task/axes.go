package task

import (
	"strconv"

	"braid/nn"
)

// namedDecoder is a Decoder whose parameters have rows of classes and columns of inputs.
type namedDecoder interface {
	// Axes returns the axes of the parameters, as Specs lists them. classes and inputs are the names of the classes
	// and of the numbers that the decoder reads per row; classes is nil if the answer is a number.
	Axes(classes, inputs []string) []nn.Axes
}

func (d *linear) Axes(classes, inputs []string) []nn.Axes {
	return []nn.Axes{{classes, inputs}, {classes}}
}

func (d *crf) Axes(classes, inputs []string) []nn.Axes {
	return []nn.Axes{{classes, inputs}, {classes}, {classes, classes}, {classes}, {classes}}
}

// Classes lists the names of the classes; nil if the answer is a number.
func (h *Head) Classes() []string {
	if h.labels == nil {
		return nil
	}
	return h.labels.Names()[:h.classes]
}

// Axes returns the axes of the parameters, as Specs lists them, by which another model's head of the same task can
// be carried into this one. ok is false if the decoder does not name its axes: then the parameters fit only a head
// with the same classes.
func (h *Head) Axes() (axes []nn.Axes, ok bool) {
	d, ok := h.decoder.(namedDecoder)
	if !ok {
		return make([]nn.Axes, len(h.Specs())), false
	}
	inputs := make([]string, h.width, h.width+h.read)
	for i := range inputs {
		inputs[i] = strconv.Itoa(i)
	}
	inputs = append(inputs, h.readNames...)
	axes = d.Axes(h.Classes(), inputs)
	return append(axes, make([]nn.Axes, len(h.Specs())-len(axes))...), true // the pooling has none
}
