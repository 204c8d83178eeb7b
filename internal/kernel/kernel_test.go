package kernel

import (
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/cpu"
)

// eachForm runs f with every form of this machine.
func eachForm(t *testing.T, f func(t *testing.T)) {
	before := Form()
	t.Cleanup(func() { Use(before) })
	for _, name := range Forms() {
		if err := Use(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}
}

// A form that the machine could run must be among the tested.
func TestFormsAreThoseOfTheMachine(t *testing.T) {
	want := []string{"go"}
	if runtime.GOARCH == "amd64" && cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		want = append([]string{"avx2"}, want...)
	}
	if runtime.GOARCH == "amd64" && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		want = append([]string{"avx512"}, want...)
	}
	if got := Forms(); !slices.Equal(got, want) {
		t.Errorf("forms %v, want %v", got, want)
	}
	if err := Use("mmx"); err == nil {
		t.Error("Use accepts a form that does not exist")
	}
}

func TestSelfTestIsTheSameForAllForms(t *testing.T) {
	hashes := map[[32]byte]string{}
	eachForm(t, func(t *testing.T) { hashes[SelfTest()] = Form() })
	if len(hashes) != 1 {
		t.Errorf("forms differ: %v", hashes)
	}
	t.Logf("%x", SelfTest())
}
