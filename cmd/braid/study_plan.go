package main

import (
	"os"
	"path/filepath"

	"braid/cmd/internal/term"
	"braid/internal/plain"
	"braid/study"
	"braid/study/local"

	"github.com/google/renameio/v2"
)

// writePlan writes the job of every run that has no summary yet. A run that is trained elsewhere belongs into the
// directory local.RunsDir of the study, with the name of its job file.
func (c compareCommand) writePlan(s streams, runs []study.Run) error {
	dir := filepath.Join(c.Out, local.JobsDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	written := map[string]bool{}
	for i := range runs {
		name := runs[i].Dir()
		if written[name] || local.Finished(c.Out, &runs[i]) {
			continue
		}
		if err := renameio.WriteFile(filepath.Join(dir, name+".yaml"), runs[i].Job.YAML(), 0o644); err != nil {
			return err
		}
		written[name] = true
	}
	plain.Fprintf(s.out, "%s in %s. Train each into %s, in a directory named as its file, then run this command without "+
		"--plan.\n", term.Counted(uint64(len(written)), "job"), dir, filepath.Join(c.Out, local.RunsDir))
	return nil
}
