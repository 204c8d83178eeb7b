package job

import (
	"reflect"
	"slices"
	"strings"
)

// Keep returns a copy of the job with some of its tasks, and the data sets that they read. The other keys stay as they
// are.
func (j *Job) Keep(tasks ...string) (*Job, error) {
	c, err := j.keep(tasks)
	if err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	return c, nil
}

func (j *Job) keep(tasks []string) (*Job, error) {
	c := *j
	c.Data, c.Tasks = nil, nil
	for _, name := range tasks {
		if !slices.ContainsFunc(j.Tasks, func(t Task) bool { return t.Name == name }) {
			return nil, j.Errorf("tasks", "name some of the job's tasks", "there is no task %q", name)
		}
	}
	for _, t := range j.Tasks {
		if slices.Contains(tasks, t.Name) {
			c.Tasks = append(c.Tasks, t)
		}
	}
	for _, d := range j.Data {
		if slices.ContainsFunc(c.Tasks, func(t Task) bool { return t.Data == d.Name }) {
			c.Data = append(c.Data, d)
		}
	}
	c.Init.Old = nil
	for _, name := range j.Init.Old {
		if slices.Contains(tasks, name) {
			c.Init.Old = append(c.Init.Old, name)
		}
	}
	c.Init.Freeze = nil
	for _, pattern := range j.Init.Freeze {
		stays := func(t Task) bool { return MatchesGroup(pattern, "head."+t.Name) }
		if !strings.HasPrefix(pattern, "head.") || slices.ContainsFunc(c.Tasks, stays) {
			c.Init.Freeze = append(c.Init.Freeze, pattern)
		}
	}
	return &c, nil
}

// Only returns a copy of the job with one task alone, on its data set alone. Settings that concern several tasks are
// gone: the tasks that it reads, the sampling, the number of tasks of a step, and the keys of sharing, balance,
// conflict and rehearsal have their neutral values.
func (j *Job) Only(task string) (*Job, error) {
	c, err := j.keep([]string{task})
	if err != nil {
		return nil, err
	}
	c.Tasks[0].Reads, c.Tasks[0].Probability = nil, 0
	c.Init.Rehearse = 0
	c.Training.TasksPerStep, c.Training.Sampling = 0, defaults().Training.Sampling
	for _, name := range severalTasks {
		setNeutral(reflect.ValueOf(&c.Tasks[0]).Elem(), name)
		setNeutral(reflect.ValueOf(&c.Training).Elem(), name)
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// severalTasks lists fields of Task and Training that have a meaning only beside other tasks.
var severalTasks = []string{"Private", "Group", "Balance", "Conflict", "Measure"}

// setNeutral sets a field, if the struct has it, and all fields of it to their neutral values.
func setNeutral(v reflect.Value, name string) {
	if f := v.FieldByName(name); f.IsValid() {
		field, _ := v.Type().FieldByName(name)
		neutral(f, field)
	}
}

func neutral(f reflect.Value, field reflect.StructField) {
	if text, ok := field.Tag.Lookup("neutral"); ok {
		if err := setScalar(f, text); err != nil {
			panic("job: " + field.Name + " has the neutral value " + text + ": " + err.Error())
		}
		return
	}
	if f.Kind() != reflect.Struct {
		f.SetZero()
		return
	}
	for i := range f.NumField() {
		neutral(f.Field(i), f.Type().Field(i))
	}
}
