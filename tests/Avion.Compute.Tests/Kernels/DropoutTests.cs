namespace Avion.Compute.Tests;

public sealed class DropoutTests : IDisposable
{
    private const int Rows = 300, Columns = 40;
    private readonly CpuDevice _device = new(2);
    private readonly Tape _tape;
    private readonly OpInputs _inputs;

    public DropoutTests()
    {
        _tape = new Tape(_device);
        _inputs = new OpInputs(_device, 1);
    }

    public void Dispose()
    {
        _tape.Dispose();
        _inputs.Dispose();
        _device.Dispose();
    }

    [Fact]
    public void Elements_are_kept_at_the_stated_rate_and_scaled_to_keep_the_mean()
    {
        float[] y = Read(_tape.Dropout(Ones(), 0.3f, DropKey.For(1, 2, 3)));
        int dropped = y.Count(value => value == 0);

        // Five standard deviations of a binomial count.
        Assert.Equal(0.3 * y.Length, dropped, 5 * Math.Sqrt(0.3 * 0.7 * y.Length));
        Assert.All(y.Where(value => value != 0), value => Assert.Equal(1 / 0.7f, value, 1e-6));
    }

    [Fact]
    public void Same_key_draws_the_same_and_other_steps_places_and_seeds_draw_others()
    {
        float[] Draw(ulong seed, ulong place, ulong step) => Read(_tape.Dropout(Ones(), 0.5f, DropKey.For(seed, place, step)));
        Assert.Equal(Draw(1, 2, 3), Draw(1, 2, 3));
        Assert.NotEqual(Draw(1, 2, 3), Draw(1, 2, 4));
        Assert.NotEqual(Draw(1, 2, 3), Draw(1, 3, 3));
        Assert.NotEqual(Draw(1, 2, 3), Draw(2, 2, 3));
    }

    [Fact]
    public void Rows_of_a_sequence_are_dropped_together()
    {
        SequenceOffsets offsets = _inputs.Offsets([.. Enumerable.Repeat(3, Rows / 3)]);
        float[] y = Read(_tape.DropPath(Ones(), offsets, 0.5f, DropKey.For(1, 2, 3)));
        float[][] sequences = [.. y.Chunk(3 * Columns)];
        Assert.All(sequences, sequence => Assert.All(sequence, value => Assert.Equal(sequence[0], value)));
        Assert.InRange(sequences.Count(sequence => sequence[0] == 0), 30, 70);
    }

    [Fact]
    public void Rate_zero_is_the_input_and_rates_outside_are_refused()
    {
        Tensor x = Ones();
        Assert.Equal(x.Data, _tape.Dropout(x, 0, DropKey.For(1, 2, 3)).Data);
        Assert.Throws<ArgumentOutOfRangeException>(() => _tape.Dropout(x, 1, DropKey.For(1, 2, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _tape.Dropout(x, float.NaN, DropKey.For(1, 2, 3)));
    }

    private Tensor Ones() => _inputs.Constant(new Shape(Rows, Columns), [.. Enumerable.Repeat(1f, Rows * Columns)]);

    private float[] Read(Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        _device.Download(tensor, values);
        return values;
    }
}
