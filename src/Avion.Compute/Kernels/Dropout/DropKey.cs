namespace Avion.Compute;

/// <summary>Names the random numbers of one operation in one step, so that running it again draws the same.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Stream">Which numbers: a hash of purpose, layer and step; see <see cref="For(ulong, ulong, ulong)"/>.</param>
/// <param name="FirstRow">Number of the first row or sequence in the step's batch over all ranks.</param>
/// <param name="RowStride">From the number of one row to that of the next: the ranks take samples in turn.</param>
public readonly record struct DropKey(ulong Seed, ulong Stream, long FirstRow = 0, int RowStride = 1)
{
    /// <summary>The key of one place in the model at one step.</summary>
    public static DropKey For(ulong seed, ulong place, ulong step) => new(seed, CounterRandom.Mix(CounterRandom.Mix(place) + step));

    // A StepDraws in device memory, from which the other members are read when the kernel runs; absent where they are given.
    private Tensor Draws { get; init; }

    private ulong Place { get; init; }

    /// <summary>The key of one place in the model at the tape's step, where a row or sequence is a sample; read on the device.</summary>
    public static DropKey For(Tape tape, ulong place) => new(0, 0) { Draws = tape.Draws, Place = place };

    /// <summary>The key of one place in the model at a step of a training, where a row or sequence is a sample.</summary>
    public static DropKey For(in StepContext context, ulong place) => For(StepDraws.Of(context), place);

    /// <summary>On a device that addresses host memory: the key with its numbers.</summary>
    internal unsafe DropKey Read() => Draws.IsAbsent ? this : For(*(StepDraws*)Draws.Data, Place);

    /// <summary>Where the draws lie in device memory, 0 where the numbers are given, and the place in the model or the stream.</summary>
    internal (nint Draws, ulong PlaceOrStream) InDeviceMemory() => Draws.IsAbsent ? (0, Stream) : (Draws.Data, Place);

    private static DropKey For(in StepDraws draws, ulong place) => For(draws.Seed, place, draws.Position) with
    {
        FirstRow = draws.FirstSample, RowStride = (int)draws.SampleStride,
    };

    /// <summary>The number of a row in the step's batch over all ranks.</summary>
    internal long RowNumber(int row) => FirstRow + ((long)row * RowStride);

    /// <summary>Number <paramref name="index"/> of the stream, uniform in [0, 1).</summary>
    internal float Uniform(long index)
    {
        (uint r0, uint r1, uint r2, uint r3) = CounterRandom.Block(Seed, Stream, (ulong)(index >> 2));
        uint number = (index & 3) switch { 0 => r0, 1 => r1, 2 => r2, _ => r3 };
        return (number >> 8) * CounterRandom.Unit;
    }
}
