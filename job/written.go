package job

import (
	"fmt"
	"reflect"
)

// LoadWritten is Load for a file of Job.YAML, such as those of run directories and model
// directories. A file of an earlier version lacks later keys; a missing key has its neutral
// value, also where the default differs.
func LoadWritten(path string, overrides ...string) (*Job, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return ParseWritten(path, text, overrides)
}

// ParseWritten is Parse for the text of Job.YAML; see LoadWritten.
func ParseWritten(file string, text []byte, overrides []string) (*Job, error) {
	return parse(file, text, overrides, true)
}

// neutralise gives every key that the file does not have its neutral value, if it has one.
func (j *Job) neutralise(path string, v reflect.Value) {
	for i, key := range keysOf(v.Type()) {
		if key == "" {
			continue
		}
		f, p := v.Field(i), join(path, key)
		switch f.Kind() {
		case reflect.Struct:
			j.neutralise(p, f)
		case reflect.Slice:
			for k := range f.Len() {
				switch f.Type().Elem() {
				case dataSetType:
					j.neutralise(join(p, j.Data[k].Name), f.Index(k))
				case taskType, columnType:
					j.neutralise(fmt.Sprintf("%s[%d]", p, k), f.Index(k))
				}
			}
		default:
			if text, has := v.Type().Field(i).Tag.Lookup("neutral"); has && !j.said(p) {
				if err := setScalar(f, text); err != nil {
					panic(fmt.Sprintf("job: %s has the neutral value %q: %v", p, text, err))
				}
			}
		}
	}
}
