package kernel

import (
	"fmt"
	"os"
	"strings"
)

// impl is one form of the kernels. The caller has checked the arguments.
type impl struct {
	name string

	matMul      func(c []float32, ldc int, a []float32, lda, m int, b *Packed, accumulate bool)
	matMulRowsT func(c []float32, ldc int, a []float32, lda, m int, rows []int32, b *Packed, accumulate bool, s *Scratch)
	transpose   func(dst, w []float32, ldw, k int)

	addTo  func(dst, x []float32)
	axpy   func(alpha float32, x, dst []float32)
	scale  func(alpha float32, x []float32)
	dot    func(x, y []float32) float64
	finite func(x []float32) bool

	exp, sigmoid, tanh, log func(dst, x []float32)

	softmax      func(p, x []float32) (top, sum float32)
	cellForward  func(gates []float32, stride int, cPrev, c, tanhC, h []float32)
	cellBackward func(dGates, gates []float32, stride int, cPrev, tanhC, dh, dc []float32)

	roundBF16 func(x []float32)
	split     func(p, before, rest, added []float32)
	toBF16    func(dst []byte, x []float32)
	fromBF16  func(dst []float32, src []byte)

	adam func(p, m, v, g []float32, o AdamStep)

	peak      func(n int) // n steps of independent chains of fused multiply-adds
	peakFlops int         // floating-point operations of one step
}

var portable = impl{
	name:         "go",
	matMul:       matMulGo,
	matMulRowsT:  matMulRowsTGo,
	transpose:    transposeGo,
	addTo:        addToGo,
	axpy:         axpyGo,
	scale:        scaleGo,
	dot:          dotGo,
	finite:       finiteGo,
	exp:          expGo,
	sigmoid:      sigmoidGo,
	tanh:         tanhGo,
	log:          logGo,
	softmax:      softmaxGo,
	cellForward:  cellForwardGo,
	cellBackward: cellBackwardGo,
	roundBF16:    roundBF16Go,
	split:        splitGo,
	toBF16:       toBF16Go,
	fromBF16:     fromBF16Go,
	adam:         adamGo,
	peak:         peakGo,
	peakFlops:    peakFlopsGo,
}

// forms lists the forms that this machine can run, the fastest first.
var forms = append(native(), &portable)

// active is the form in use.
var active = forms[0]

// The environment variable BRAID_KERNEL selects the form at start. If the
// machine lacks that form, the program stops: silently running another form
// would invalidate a comparison of forms.
func init() {
	if name := os.Getenv("BRAID_KERNEL"); name != "" {
		if err := Use(name); err != nil {
			panic("BRAID_KERNEL: " + err.Error())
		}
	}
}

// Class identifies the bits that this package computes. Two machines of one
// class get the same bits in any form. The class changes with every change of
// a result.
func Class() string { return "f32-fma-1" }

// Form returns the name of the form in use.
func Form() string { return active.name }

// Forms returns the names of the forms that this machine can run, the fastest
// first: of "avx512", "avx2" and "go".
func Forms() []string {
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = f.name
	}
	return names
}

// Use selects a form by name. It is for tests and benchmarks: it must not run
// while another goroutine computes.
func Use(form string) error {
	for _, f := range forms {
		if f.name == form {
			active = f
			return nil
		}
	}
	return fmt.Errorf("kernel form %q is not one of those of this machine: %s", form, strings.Join(Forms(), ", "))
}
