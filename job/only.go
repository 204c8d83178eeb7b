package job

import (
	"reflect"
	"slices"
)

// Only returns a copy of the job with one task alone, on its data set alone. Settings that concern several tasks are
// gone: the tasks that it reads, the sampling, the number of tasks of a step, and the keys of sharing, balance and
// conflict have their neutral values.
func (j *Job) Only(task string) (*Job, error) {
	t := slices.IndexFunc(j.Tasks, func(t Task) bool { return t.Name == task })
	if t < 0 {
		return nil, j.Errorf("tasks", "name one of the job's tasks", "there is no task %q", task)
	}
	c := *j
	c.Data = []DataSet{j.Data[j.SetOf(t)]}
	c.Tasks = []Task{j.Tasks[t]}
	c.Tasks[0].Reads, c.Tasks[0].Probability = nil, 0
	c.Training.TasksPerStep, c.Training.Sampling = 0, defaults().Training.Sampling
	for _, name := range severalTasks {
		setNeutral(reflect.ValueOf(&c.Tasks[0]).Elem(), name)
		setNeutral(reflect.ValueOf(&c.Training).Elem(), name)
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	return &c, nil
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
