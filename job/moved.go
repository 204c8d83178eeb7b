package job

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// moved maps the former place of a key to its place. The reader accepts both, so that older
// job files and the copies in run directories stay valid. YAML writes the new place.
var moved = map[string]string{
	"cluster.precision": "training.precision", // it decides the result
}

// moved reads the value of a key in its former place.
func (r *reader) moved(from, to string, e *ast.MappingValueNode) error {
	if at, ok := r.places[to]; ok {
		return r.fail(e.Key, "remove "+from+", the old place", "%s and, on line %d, %s are given", from, at.Line, to)
	}
	v := r.root
	for _, key := range strings.Split(to, ".") {
		v = v.Field(slices.Index(keysOf(v.Type()), key))
	}
	r.places[to] = r.at(e.Value)
	return r.value(to, e.Value, v)
}

// twice refuses a key whose value has been read from its former place.
func (r *reader) twice(path string, e *ast.MappingValueNode) error {
	for from, to := range moved {
		if at, ok := r.places[path]; ok && to == path {
			return r.fail(e.Key, "remove "+from+", the old place", "%s and, on line %d, %s are given", path, at.Line, from)
		}
	}
	return nil
}
