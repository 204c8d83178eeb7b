package job

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// override sets one value from the command line: "training.steps=50",
// "tasks.topic.weight=2", "tasks.topic.class_weights.sport=2", "data.snips.train=DIR",
// "data.news.columns=word,-,ner".
func (j *Job) override(assignment string) error {
	path, text, ok := strings.Cut(assignment, "=")
	if !ok {
		return &Error{Position{File: "--set " + assignment}, "no = in it", "write --set a.b=c"}
	}
	given := strings.TrimSpace(path)
	path = given
	if to, ok := moved[path]; ok {
		path = to
	}
	refuse := func(mend, format string, args ...any) error {
		return &Error{Position{File: "--set " + assignment}, fmt.Sprintf(format, args...), mend}
	}
	v := reflect.ValueOf(j).Elem()
	done, canonical := "", ""
	keys := strings.Split(path, ".")
	for i, key := range keys {
		switch v.Kind() {
		case reflect.Struct:
			known := keysOf(v.Type())
			i := slices.Index(known, key)
			if i < 0 || key == "" {
				return refuse(suggest(key, known), "unknown key %q", join(done, key))
			}
			v, canonical = v.Field(i), join(canonical, key)
		case reflect.Slice:
			i, names := element(v, key)
			if i < 0 {
				return refuse("it has "+strings.Join(names, ", "), "%s has no %q", done, key)
			}
			if v.Type().Elem() != dataSetType {
				canonical = fmt.Sprintf("%s[%d]", canonical, i)
			} else {
				canonical = join(canonical, key)
			}
			v = v.Index(i)
		case reflect.Map: // by labels, which may have dots
			label := strings.Join(keys[i:], ".")
			value := reflect.New(v.Type().Elem()).Elem()
			if err := setScalar(value, strings.TrimSpace(text)); err != nil {
				return refuse(err.Error(), "%s is %q", path, text)
			}
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			v.SetMapIndex(reflect.ValueOf(label), value)
			j.places[join(canonical, label)] = Position{File: "--set " + assignment}
			return nil
		default:
			return refuse("it has no keys of its own", "%s is a single value", done)
		}
		done = join(done, key)
	}
	if other := strings.TrimPrefix(j.places[canonical].File, "--set "); other != j.places[canonical].File {
		if name, _, _ := strings.Cut(other, "="); strings.TrimSpace(name) != given &&
			(moved[given] != "" || moved[name] != "") {
			return refuse("keep one of the two", "%s and %s are given", name, given)
		}
	}
	switch v.Kind() {
	case reflect.Map:
		return refuse("name a label, as in --set "+path+".LABEL=2", "%s is not a single value", path)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String {
			v.Set(reflect.ValueOf(words(text)))
			j.places[canonical] = Position{File: "--set " + assignment}
			return nil
		}
		fallthrough
	case reflect.Struct:
		return refuse("name one of its values, as in --set training.steps=50", "%s is not a single value", path)
	}
	if err := setScalar(v, strings.TrimSpace(text)); err != nil {
		return refuse(err.Error(), "%s is %q", path, text)
	}
	j.places[canonical] = Position{File: "--set " + assignment}
	return nil
}

// words parses a list from the command line: word,-,ner or [word, -, ner]. The empty list is [].
func words(text string) []string {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
		if strings.TrimSpace(text) == "" {
			return nil
		}
	}
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.Trim(strings.TrimSpace(list[i]), `"'`)
	}
	return list
}

// element returns the index of a task or data set by name or number. If there is none it
// returns -1 and all names.
func element(v reflect.Value, key string) (int, []string) {
	var names []string
	for i := range v.Len() {
		e := v.Index(i)
		if e.Kind() != reflect.Struct {
			continue
		}
		field := "Name"
		if e.Type() == columnType {
			field = "Field"
		}
		name := e.FieldByName(field).String()
		if name == key || strconv.Itoa(i) == key {
			return i, nil
		}
		names = append(names, name)
	}
	return -1, names
}

// settleLength sets epochs to 0 if the command line gives steps alone, and the reverse, so
// that --set training.steps=50 shortens a job with epochs.
func (j *Job) settleLength() {
	given := func(key string) bool { return strings.HasPrefix(j.places[key].File, "--set ") }
	t := &j.Training
	switch steps, epochs := given("training.steps"), given("training.epochs"); {
	case steps && !epochs && t.Steps > 0:
		t.Epochs = 0
	case epochs && !steps && t.Epochs > 0:
		t.Steps = 0
	}
}
