package train

// countTasks counts by task the steps that have trained it.
func (l *loop) countTasks(s taken) {
	if s.skipped != nil {
		return
	}
	if l.state.TaskSteps == nil {
		l.state.TaskSteps = map[string]uint64{}
	}
	for _, stream := range s.step.Streams {
		for _, t := range stream.Tasks {
			l.state.TaskSteps[l.Job.Tasks[t].Name]++
		}
	}
}

// untrained lists the tasks that no step has trained yet.
func (l *loop) untrained() (names []string) {
	for _, t := range l.Job.Tasks {
		if l.state.TaskSteps[t.Name] == 0 {
			names = append(names, t.Name)
		}
	}
	return names
}
