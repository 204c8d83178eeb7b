package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"braid/job"
)

// ReadJob reads the job of a run directory. Its relative paths start at the directory of the original job
// file. Overrides may give new paths of data, as data.NAME.train=FILE, but must not change the job's hash. Relative
// paths in overrides start at the working directory.
func ReadJob(dir string, overrides ...string) (*job.Job, error) {
	path := filepath.Join(dir, JobFile)
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: no such run (%w): name the directory that training wrote, as runs/NAME", dir,
			errors.Unwrap(err))
	case !info.IsDir():
		return nil, fmt.Errorf("%s: is a file, not a run directory: name the directory that training wrote, as runs/NAME",
			dir)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%s: not a run directory, because it has no %s: name the directory that training wrote, as "+
			"runs/NAME", dir, JobFile)
	}
	if _, err := os.Stat(filepath.Join(dir, JournalFile)); err != nil {
		if _, err := os.Stat(filepath.Join(dir, MetricsFile)); err != nil {
			return nil, fmt.Errorf("%s: not a run directory, because it has neither %s nor %s: name the directory that "+
				"training wrote, as runs/NAME",
				dir, JournalFile, MetricsFile)
		}
	}
	j, err := job.LoadWritten(path)
	if err != nil {
		return nil, err
	}
	if len(overrides) > 0 {
		was := j.Hash()
		if j, err = job.LoadWritten(path, absolutePaths(overrides)...); err != nil {
			return nil, err
		}
		if j.Hash() != was {
			return nil, fmt.Errorf("--set %s: gives another job than that of %s: only paths of data may change, as "+
				"data.NAME.train=FILE",
				strings.Join(overrides, " --set "), dir)
		}
	}
	if base, ok := JobDir(dir); ok {
		j.Dir = base
	}
	return j, nil
}

// otherPaths are the keys of paths that are not those of splits.
var otherPaths = []string{"encoder.word.vectors.file", "init.from"}

// absolutePaths makes the paths of data in overrides absolute. Relative paths in a job start at the job's directory,
// but a user types them relative to the working directory.
func absolutePaths(overrides []string) []string {
	out := slices.Clone(overrides)
	for i, override := range overrides {
		key, path, _ := strings.Cut(override, "=")
		split := job.Split(key[strings.LastIndex(key, ".")+1:])
		isFile := strings.HasPrefix(key, "data.") && slices.Contains(job.Splits, split)
		if abs, err := filepath.Abs(path); err == nil && path != "" && (isFile || slices.Contains(otherPaths, key)) {
			out[i] = key + "=" + abs
		}
	}
	return out
}
