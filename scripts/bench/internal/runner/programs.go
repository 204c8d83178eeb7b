package runner

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Programs holds the paths of Braid's binaries.
type Programs struct{ braid, coordinator, worker string }

// Find returns the programs in a directory, or compiles them into work if the directory is "".
// To compile, the working directory must be the root of the repository.
func Find(ctx context.Context, dir, work string) (Programs, error) {
	if dir == "" {
		dir = filepath.Join(work, "bin")
		build := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "./cmd/...")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return Programs{}, fmt.Errorf("go build ./cmd/...: %w", err)
		}
	}
	p := Programs{filepath.Join(dir, "braid"), filepath.Join(dir, "coordinator"), filepath.Join(dir, "worker")}
	for _, file := range []string{p.braid, p.coordinator, p.worker} {
		if _, err := os.Stat(file); err != nil {
			return Programs{}, fmt.Errorf("a directory of programs needs braid, coordinator and worker: %w", err)
		}
	}
	return p, nil
}
