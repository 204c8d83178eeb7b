package kernel

import "testing"

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
