package measure

import "encoding/json"

// Figure is a number that may be unknown, which is NaN, and null in JSON.
type Figure float64

// Known reports whether the number is finite.
func (f Figure) Known() bool { return f-f == 0 }

// MarshalJSON writes null for an unknown number.
func (f Figure) MarshalJSON() ([]byte, error) {
	if !f.Known() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}
