package job

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// At returns the position in the file of a path such as tasks[1].field or data.snips. If the
// file does not have the path, it returns the position of the innermost part that it has.
func (j *Job) At(path string) Position {
	for p := path; p != ""; {
		if at, ok := j.places[p]; ok {
			return at
		}
		p = p[:max(strings.LastIndexAny(p, ".["), 0)]
	}
	return Position{File: j.File}
}

// Errorf returns an Error at the position of path.
func (j *Job) Errorf(path, mend, format string, args ...any) *Error {
	return &Error{j.At(path), fmt.Sprintf(format, args...), mend}
}

func (j *Job) said(path string) bool { _, ok := j.places[path]; return ok }

// Path resolves a path of the job file, which is relative to the job file's directory.
func (j *Job) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(j.Dir, p)
}

// SetOf returns the index of the data set that a task reads.
func (j *Job) SetOf(task int) int {
	return slices.IndexFunc(j.Data, func(d DataSet) bool { return d.Name == j.Tasks[task].Data })
}

// TasksOf returns the tasks that read a data set, ascending.
func (j *Job) TasksOf(set int) []int {
	var tasks []int
	for t := range j.Tasks {
		if j.SetOf(t) == set {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
