namespace Avion.Compute.Tests;

/// <summary>The tape's bookkeeping, with operations whose gradients are known: addition and layer norm.</summary>
public sealed class TapeTests : IDisposable
{
    private const int Rows = 5, Columns = 8;
    private readonly ReferenceDevice _device = new();
    private readonly OpInputs _inputs;
    private readonly Parameter _x, _weight, _bias, _inner, _innerBias, _outer;

    public TapeTests()
    {
        _inputs = new OpInputs(_device, 4);
        _x = _inputs.Parameter("x", new Shape(Rows, Columns));
        _weight = _inputs.Parameter("weight", new Shape(Columns));
        _bias = _inputs.Parameter("bias", new Shape(Columns));
        _inner = _inputs.Parameter("inner", new Shape(3 * Columns, Columns));
        _innerBias = _inputs.Parameter("inner bias", new Shape(3 * Columns));
        _outer = _inputs.Parameter("outer", new Shape(Columns, 3 * Columns));
        _inputs.FillParameters();
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Tensor_used_several_times_gets_the_sum_of_its_gradients()
    {
        // y = (x + x) + (x + x): dy/dx = 4.
        double[] gradient = GradientOf(run =>
        {
            Tensor x = run.Read(_x), twice = run.Tape.Sum(x, x);
            return run.Tape.Sum(twice, twice);
        });
        Assert.All(gradient, value => Assert.Equal(4, value));
    }

    [Fact]
    public void Branches_that_join_get_what_flows_through_each()
    {
        // y = LN(x) + x + LN(x): twice the gradient of LN, plus one.
        double[] alone = GradientOf(run => Normalize(run.Tape, run.Read(_x)));
        double[] both = GradientOf(run =>
        {
            Tensor x = run.Read(_x), left = Normalize(run.Tape, x), right = Normalize(run.Tape, x);
            return run.Tape.Sum(run.Tape.Sum(left, x), right);
        });
        Assert.Equal(alone.Select(value => (2 * value) + 1), both, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Branch_that_the_result_does_not_use_gets_nothing()
    {
        double[] gradient = GradientOf(run =>
        {
            Tensor x = run.Read(_x);
            Normalize(run.Tape, x);
            Tensor y = run.Tape.Sum(x, x);
            Normalize(run.Tape, y);
            return y;
        });
        Assert.All(gradient, value => Assert.Equal(2, value));
        Assert.All(Values(_weight.Gradient), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Parameter_gradients_add_up_over_backward_passes()
    {
        GradientOf(run => Normalize(run.Tape, run.Read(_x)), clear: true);
        double[] once = Values(_bias.Gradient);
        GradientOf(run => Normalize(run.Tape, run.Read(_x)), clear: false);
        Assert.Equal(once.Select(value => 2 * value), Values(_bias.Gradient));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Checkpoint_gives_the_same_gradients_to_the_last_bit_and_uses_less_memory(int nested)
    {
        (double[] Gradient, double[] Weight, long Peak) Run(bool recompute)
        {
            long peak = 0;
            double[] gradient = GradientOf(
                run =>
                {
                    Tensor x = run.Read(_x);
                    for (int i = 0; i < 4; i++)
                    {
                        x = run.Tape.Checkpoint(new NormalizeBlock(this, nested), x, default, recompute);
                    }

                    return x;
                },
                tape => peak = tape.Arena.PeakBytes);
            return (gradient, Values(_weight.Gradient), peak);
        }

        (double[] keptGradient, double[] keptWeight, long keptPeak) = Run(recompute: false);
        (double[] gradient, double[] weight, long peak) = Run(recompute: true);
        Assert.Equal(keptGradient, gradient);
        Assert.Equal(keptWeight, weight);
        Assert.True(peak < keptPeak, $"{peak} bytes with recomputation, {keptPeak} without");
    }

    [Fact]
    public void Checkpoint_of_a_frozen_block_passes_the_gradient_through()
    {
        double[] expected = GradientOf(run => run.Tape.Checkpoint(new NormalizeBlock(this, 1), run.Read(_x), default, recompute: false));
        (_weight.IsFrozen, _bias.IsFrozen) = (true, true);
        double[] gradient = GradientOf(run => run.Tape.Checkpoint(new NormalizeBlock(this, 1), run.Read(_x), default));
        Assert.Equal(expected, gradient);
        Assert.All(Values(_weight.Gradient), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Checkpoint_of_a_frozen_block_on_a_constant_keeps_its_result_alone(bool recompute)
    {
        _weight.IsFrozen = _bias.IsFrozen = true;
        using Tape tape = new(_device);
        Tensor constant = tape.Allocate(_x.Shape);
        _device.Copy(_x.Value, constant);
        Tensor y = tape.Checkpoint(new NormalizeBlock(this, 2), constant, default, recompute);
        Assert.False(y.IsDifferentiable);
        Assert.Equal(2L * Device.Alignment * ((y.ByteCount + Device.Alignment - 1) / Device.Alignment), tape.Arena.UsedBytes);
    }

    [Fact]
    public void Operation_without_anything_to_learn_is_not_recorded()
    {
        (_x.IsFrozen, _weight.IsFrozen, _bias.IsFrozen) = (true, true, true);
        using Tape tape = new(_device);
        Assert.False(Normalize(tape, new OpRun(tape).Read(_x)).IsDifferentiable);
    }

    [Fact]
    public void Evaluation_records_nothing()
    {
        using Tape tape = new(_device) { IsRecording = false };
        Tensor y = tape.Checkpoint(new NormalizeBlock(this, 2), new OpRun(tape).Read(_x), default);
        Assert.False(y.IsDifferentiable);
        Assert.Throws<ArgumentException>(() => tape.Backward(y));
    }

    [Fact]
    public void Backward_frees_every_value_and_gradient()
    {
        using Tape tape = new(_device);
        OpRun run = new(tape);
        Tensor y = Normalize(tape, Normalize(tape, run.Read(_x)));
        tape.SeedGradient(y, Ones());
        tape.BackwardFromSeeds();
        Assert.Equal(0, tape.Arena.UsedBytes);
    }

    [Fact]
    public void Reshaped_tensor_gets_its_gradient_in_the_shape_in_which_it_was_used()
    {
        double[] expected = GradientOf(run => Normalize(run.Tape, run.Read(_x)));
        double[] gradient = GradientOf(run => Normalize(run.Tape, run.Read(_x).Reshape(new Shape(Rows, 1, Columns))).Reshape(_x.Shape));
        Assert.Equal(expected, gradient);
    }

    [Fact]
    public void Sum_of_reshaped_tensors_adds_to_gradients_of_other_shapes()
    {
        // z = reshape(x) + reshape(y) with y = x + x: dz/dx = 3, through slots of two shapes.
        double[] gradient = GradientOf(run =>
        {
            Tensor x = run.Read(_x), y = run.Tape.Sum(x, x);
            Shape flat = new(Rows * Columns);
            return run.Tape.Sum(x.Reshape(flat), y.Reshape(flat)).Reshape(_x.Shape);
        });
        Assert.All(gradient, value => Assert.Equal(3, value));
    }

    [Fact]
    public void Seeding_a_constant_is_refused()
    {
        using Tape tape = new(_device);
        Tensor constant = tape.Allocate(new Shape(2));
        Assert.Contains("constant", Assert.Throws<ArgumentException>(() => tape.SeedGradient(constant, constant)).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Results_made_again_give_the_gradients_of_results_kept(bool throughCheckpoint)
    {
        double[][] Gradients(bool forgets)
        {
            double[] x = GradientOf(run =>
            {
                MlpBlock block = new(this, forgets);
                Tensor middle = run.Tape.Checkpoint(block, run.Read(_x), default, throughCheckpoint);
                return run.Tape.Checkpoint(block, middle, default, throughCheckpoint);
            });
            return [x, Values(_weight.Gradient), Values(_inner.Gradient), Values(_innerBias.Gradient), Values(_outer.Gradient)];
        }

        double[][] kept = Gradients(forgets: false);
        Assert.Equal(kept, Gradients(forgets: true));
        Assert.DoesNotContain(kept[2], double.IsNaN);
    }

    [Fact]
    public void Forgetting_what_backward_needs_and_cannot_make_again_is_refused()
    {
        using Tape tape = new(_device);
        Tensor x = new OpRun(tape).Read(_x), sum = tape.Sum(x, x), product = tape.Linear(sum, _inner, null);
        tape.Forget(sum);
        Assert.Throws<InvalidOperationException>(() => tape.Forget(sum));
        tape.SeedGradient(product, tape.Allocate(product.Shape));
        Assert.Contains("forgotten", Assert.Throws<InvalidOperationException>(tape.BackwardFromSeeds).Message);
    }

    private double[] GradientOf(Func<OpRun, Tensor> forward, Action<Tape>? look = null, bool clear = true)
    {
        if (clear)
        {
            _inputs.Store.ClearGradients();
        }

        using Tape tape = new(_device, new Arena(_device) { GuardBytes = 64 });
        Tensor y = forward(new OpRun(tape));
        tape.SeedGradient(y, Ones());
        tape.BackwardFromSeeds();
        look?.Invoke(tape);
        return Values(_x.Gradient);
    }

    private Tensor Ones() => _inputs.Constant(_x.Shape, Enumerable.Repeat(1f, Rows * Columns).ToArray());

    private Tensor Normalize(Tape tape, Tensor x) => tape.Normalize(x, _weight, _bias, 1e-5f);

    private static unsafe double[] Values(Tensor tensor) => new ReadOnlySpan<double>((double*)tensor.Data, (int)tensor.Count).ToArray();

    private sealed class MlpBlock(TapeTests test, bool forgets) : ITapeBlock
    {
        public bool IsTrained =>
            !test._inner.IsFrozen || !test._innerBias.IsFrozen || !test._outer.IsFrozen || !test._weight.IsFrozen || !test._bias.IsFrozen;

        public Tensor Forward(Tape tape, Tensor x, SequenceOffsets offsets)
        {
            Tensor normalized = test.Normalize(tape, x), wide = tape.LinearGelu(normalized, test._inner, test._innerBias, GeluKind.Erf);
            Forget(tape, normalized);
            Tensor narrow = tape.Linear(wide, test._outer, null);
            Forget(tape, wide);
            Tensor again = tape.SumAndNormalize(x, narrow, test._weight, test._bias, 1e-5f, out Tensor sum);
            Tensor last = tape.Linear(tape.LinearGelu(again, test._inner, test._innerBias, GeluKind.Quick), test._outer, null);
            Forget(tape, again);
            return tape.SumInto(sum, last);
        }

        private void Forget(Tape tape, Tensor value)
        {
            if (forgets)
            {
                tape.Forget(value);
            }
        }

        public Shape OutputShape(Tensor x, SequenceOffsets offsets) => x.Shape;
    }

    private sealed class NormalizeBlock(TapeTests test, int depth) : ITapeBlock
    {
        public bool IsTrained => !test._weight.IsFrozen || !test._bias.IsFrozen;

        public Tensor Forward(Tape tape, Tensor x, SequenceOffsets offsets)
        {
            Tensor y = x;
            for (int i = 0; i < depth; i++)
            {
                y = tape.Sum(test.Normalize(tape, y), y);
            }

            return y;
        }

        public Shape OutputShape(Tensor x, SequenceOffsets offsets) => x.Shape;
    }
}
