package train_test

import (
	"testing"

	"go.uber.org/goleak"
)

// Tests leave no goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
