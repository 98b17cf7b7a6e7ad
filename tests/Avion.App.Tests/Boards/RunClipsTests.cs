using Avion.Training.Tests;

namespace Avion.App.Tests;

public sealed class RunClipsTests
{
    [Fact]
    public void Names_that_the_data_lack_are_refused_and_stand_for_no_other_clip()
    {
        TrainingData data = SyntheticClips.Data(train: 8, validation: 4);
        string[] names = [.. Enumerable.Range(0, 4).Select(sample => data.NameClip(sample, 1))];

        Assert.Equal([2, 0, 3], RunClips.SamplesOf(data, 1, [names[2], names[0], names[3]]));
        RunException error = Assert.Throws<RunException>(() => RunClips.SamplesOf(data, 1, [names[1], "gone.mp4 1-2"]));
        Assert.Contains("'gone.mp4 1-2'", error.Message, StringComparison.Ordinal);
    }
}
