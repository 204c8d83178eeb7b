package train_test

import (
	"path/filepath"
	"testing"

	"braid/internal/kernel"
)

// Every form of the kernels, AVX2 and AVX-512 among them, gives the same model with methods that balance tasks, and a
// measurement changes nothing.
func TestKernelFormsDoNotChangeTheModelWithMethods(t *testing.T) {
	was := kernel.Form()
	defer func() { _ = kernel.Use(was) }()
	for mode, m := range balancedModes {
		want := ""
		for i, form := range kernel.Forms() {
			if err := kernel.Use(form); err != nil {
				t.Fatal(err)
			}
			overrides := append([]string{"training.steps=12"}, m.overrides...)
			if i == 1 && mode != "wide held imtl_g" { // its factors depend on when measurements are made
				overrides = append(overrides, "training.measure.every=3")
			}
			s := prepareJob(t, m.job, overrides...)
			got := s.train(t, filepath.Join(t.TempDir(), "run"), 2).ModelSHA256
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s: %s gives another model", mode, form)
			}
		}
	}
}
