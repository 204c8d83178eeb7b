package local

import (
	"fmt"
	"path/filepath"
	"strings"

	"braid/job"
	"braid/study"
)

// JobsDir is the directory inside a study directory of the jobs that are still to be trained; see braid compare --plan.
const JobsDir = "jobs"

// ReadJobs returns the runs of the jobs in a study directory. Their arms are the names of the jobs.
func ReadJobs(dir string) (runs []study.Run, err error) {
	files, err := filepath.Glob(filepath.Join(escape(dir), JobsDir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no jobs: write them with braid compare JOB.yaml --out %s --plan",
			filepath.Join(dir, JobsDir), dir)
	}
	for _, file := range files {
		j, err := job.LoadWritten(file)
		if err != nil {
			return nil, err
		}
		r := study.Run{Arm: j.Name, Seed: j.Seed, Job: j}
		if name := strings.TrimSuffix(filepath.Base(file), ".yaml"); name != r.Dir() {
			return nil, fmt.Errorf("%s: its job has the name %s: write the jobs again with braid compare --plan", file, r.Dir())
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// escape escapes the characters that have a meaning in a pattern.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(dir)
}
