namespace Avion.Models;

/// <summary>Dropout of the features in front of a classifier's head, in training alone.</summary>
internal static class FeatureDropout
{
    // Blocks draw at places of their own, counted from 0.
    private const ulong Place = ulong.MaxValue;

    public static Tensor Apply(Tape tape, Tensor features, float rate) =>
        tape.Context.IsTraining ? tape.Dropout(features, rate, DropKey.For(tape, Place)) : features;
}
