namespace Avion.Data;

/// <summary>Names one draw of one sample: everything random about a clip is a pure function of this key.</summary>
/// <remarks>
/// Thread count, rank count, resume point and machine do not enter, so a clip's frames, crop, flip and caption are the same in every run.
/// </remarks>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Index">The sample's index in its data set.</param>
/// <param name="Repeat">Which of several draws of the sample in one epoch, from 0.</param>
public readonly record struct SampleKey(ulong Seed, int Epoch, int Index, int Repeat = 0)
{
    /// <summary>Opens the random stream of one purpose, such as "crop"; streams of different purposes are independent.</summary>
    public CounterRandom Open(string purpose) =>
        CounterRandom.For(Seed, purpose, (ulong)(uint)Epoch, ((ulong)(uint)Repeat << 32) | (uint)Index);
}
