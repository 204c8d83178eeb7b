package task

import (
	"fmt"

	"braid/job"
)

// decoders is the table of decoders by name.
var decoders = map[string]func(DecoderSpec) Decoder{
	"linear": newLinear,
	"crf":    newCRF,
}

// Register adds a decoder to the table, and makes its name legal in jobs for the kinds that
// fits accepts. Call it from an init function. It panics if the name is taken.
func Register(name string, fits func(*job.Kind) bool, make func(DecoderSpec) Decoder) {
	job.RegisterDecoder(name, fits)
	if decoders[name] != nil {
		panic(fmt.Sprintf("task: decoder %q is registered twice", name))
	}
	decoders[name] = make
}

// newDecoder makes the decoder with the given name. It panics on an unknown name, which job
// refuses first.
func newDecoder(name string, s DecoderSpec) Decoder {
	create, ok := decoders[name]
	if !ok {
		panic(fmt.Sprintf("task: no decoder %q", name))
	}
	return create(s)
}
