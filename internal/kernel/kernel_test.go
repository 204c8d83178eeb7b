package kernel

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
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

// Every form that the machine can run must be tested.
func TestFormsAreThoseOfTheMachine(t *testing.T) {
	want := []string{"go"}
	if runtime.GOARCH == "amd64" && cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		want = append([]string{"avx2"}, want...)
	}
	if runtime.GOARCH == "amd64" &&
		cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		want = append([]string{"avx512"}, want...)
	}
	if got := Forms(); !slices.Equal(got, want) {
		t.Errorf("forms %v, want %v", got, want)
	}
	if err := Use("mmx"); err == nil {
		t.Error("Use accepts a form that does not exist")
	}
}

// The hash belongs to the class: a change of one requires a change of the other.
func TestSelfTest(t *testing.T) {
	const class, want = "f32-fma-1", "5ef0395b15327d1add7325f8af4e62b86b74b350a06d73c1fe27fd95613b4230"
	if Class() != class {
		t.Fatalf("class %s: write its hash into this test", Class())
	}
	eachForm(t, func(t *testing.T) {
		if got := fmt.Sprintf("%x", SelfTest()); got != want {
			t.Errorf("self-test %s, want %s", got, want)
		}
	})
}

// TestMain prints the form in use if this process is a child of
// TestVariableChoosesForm.
func TestMain(m *testing.M) {
	if os.Getenv("BRAID_KERNEL_TEST_CHILD") != "" {
		fmt.Print(Form())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestVariableChoosesForm(t *testing.T) {
	for _, c := range append(Forms(), "mmx") {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "BRAID_KERNEL="+c, "BRAID_KERNEL_TEST_CHILD=1")
		out, err := child.CombinedOutput()
		if c == "mmx" {
			if err == nil || !strings.Contains(string(out), `kernel form "mmx" is not one of those of this machine`) {
				t.Errorf("an unknown form: %v, %s", err, out)
			}
		} else if err != nil || string(out) != c {
			t.Errorf("%s: %v, %s", c, err, out)
		}
	}
}
