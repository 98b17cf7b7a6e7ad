namespace Avion.Training;

/// <summary>A task whose loss compares the samples of a batch with one another, by features that each sample has on its own.</summary>
/// <remarks>
/// A step that computes its batch in parts goes over it twice for such a task, so that every sample is still compared with all others of
/// the batch. Features of a sample must not depend on the other samples of its part.
/// </remarks>
public interface IFeatureTask
{
    /// <summary>The features of a batch, or of a part of it.</summary>
    /// <param name="tape">Where to compute; <see cref="Tape.Context"/> tells the step.</param>
    /// <param name="batch">The clips and captions.</param>
    PairFeatures Features(Tape tape, in BatchTensors batch);

    /// <summary>The loss of this rank's features, against those of all ranks of <see cref="StepContext.Communicator"/>.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="features">Those of the whole batch of this rank.</param>
    /// <param name="measured">Takes scalars for the log beside the loss.</param>
    /// <returns>Scalar: the mean over the ranks is the loss of the whole batch.</returns>
    Tensor LossOfFeatures(Tape tape, in PairFeatures features, StepMeasurements measured);
}
