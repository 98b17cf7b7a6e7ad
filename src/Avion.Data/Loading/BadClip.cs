namespace Avion.Data;

/// <summary>What a loader does with a clip that cannot be read.</summary>
public enum BadClipPolicy
{
    /// <summary>Puts another sample in its place, drawn from (seed, epoch, index) alone; for training, where the batch's shape must
    /// hold.</summary>
    Replace,

    /// <summary>Leaves the clip black and marks it as missing; for evaluation, where each sample must be accounted for.</summary>
    Mark,

    /// <summary>Stops with the clip's error.</summary>
    Fail,
}

/// <summary>A clip that could not be read.</summary>
/// <param name="Position">Epoch and step of its batch.</param>
/// <param name="SampleIndex">Index in the data set.</param>
/// <param name="Sample">The sample's video and times.</param>
/// <param name="Reason">What went wrong.</param>
public sealed record BadClip(RunPosition Position, int SampleIndex, string Sample, string Reason);

/// <summary>A bad clip, with its place among the problems of one step.</summary>
internal readonly record struct ClipProblem(int Place, int Attempt, BadClip Clip);
