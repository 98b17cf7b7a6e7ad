using System.Runtime.InteropServices;

namespace Avion.Compute;

/// <summary>What keys the random draws of a step, as it lies in device memory; kernels read it there.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Position">The step's place in the run.</param>
/// <param name="FirstSample">Number of this rank's first sample in the step's batch over all ranks.</param>
/// <param name="SampleStride">From the number of one sample to that of the next: the ranks take samples in turn.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct StepDraws(ulong Seed, ulong Position, long FirstSample, long SampleStride)
{
    /// <summary>Those of a step.</summary>
    public static StepDraws Of(in StepContext context) =>
        new(context.Seed, context.Position, context.SampleNumber(0), context.RankCount);
}
