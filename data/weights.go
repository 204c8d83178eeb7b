package data

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"braid/job"
)

// checkWeights refuses class weights of labels that training does not have, since they have no
// effect. labels is nil for regression, which has no class weights.
func checkWeights(j *job.Job, t int, labels *Labels) error {
	task := j.Tasks[t]
	for _, name := range slices.Sorted(maps.Keys(task.ClassWeights)) {
		if _, ok := labels.ID(name); ok {
			continue
		}
		return j.Errorf(fmt.Sprintf("tasks[%d].class_weights.%s", t, name), weightMend(task, name, labels),
			"task %s has a class weight for %q, which no training example has as label", task.Name, name)
	}
	return nil
}

func weightMend(task job.Task, name string, labels *Labels) string {
	prefix, kind := splitTag(name)
	if task.Spans() && kind != "" && strings.Contains("ESLU", prefix) {
		if _, known := labels.ID("B-" + kind); known {
			return fmt.Sprintf("tags of %s are trained as BIO: weigh B-%s and I-%s", task.Scheme, kind, kind)
		}
	}
	if near := job.Nearest(name, labels.Names()); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "labels are " + someNames(labels.Names())
}

// namesShown bounds the number of labels in a message.
const namesShown = 10

func someNames(names []string) string {
	var shown []string
	for _, n := range names[:min(len(names), namesShown)] {
		shown = append(shown, short(n))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
