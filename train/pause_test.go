package train_test

import (
	"errors"
	"path/filepath"
	"testing"

	"braid/train"
)

// A training that is paused again and again, at evaluations and between them, ends like one that never stopped.
func TestPausedAndContinued(t *testing.T) {
	for _, mode := range []string{"sampled", "bf16", "average", "wide joint"} {
		t.Run(mode, func(t *testing.T) {
			s := prepareJob(t, modes[mode].job, modes[mode].overrides...)
			whole := filepath.Join(t.TempDir(), "run")
			want := s.train(t, whole, 1)
			dir := filepath.Join(t.TempDir(), "run")
			for _, until := range []uint64{1, 6, 7, 7, 14} {
				fleet := s.fleet(1)
				c := s.config(dir, fleet)
				c.Until = until
				var paused *train.Paused
				if _, err := train.Run(t.Context(), c); !errors.As(err, &paused) || paused.Step != until {
					t.Fatalf("until step %d: %v", until, err)
				}
				fleet.Close()
			}
			sameRun(t, whole, dir, want, s.train(t, dir, 1))
		})
	}
}
