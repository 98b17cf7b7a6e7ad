using Avion.Training.Tests;

namespace Avion.App.Tests;

public sealed class RunClipsTests
{
    [Theory]
    [InlineData("masked-video", "there is nothing to rank")]
    [InlineData("contrastive", null)]
    [InlineData("classification", null)]
    [InlineData("[[[", null)]
    public void A_model_that_ranks_nothing_is_known_before_anything_is_computed(string recipe, string? obstacle)
    {
        using TemporaryFolder folder = new();
        string tiny = Repository.Path("recipes", "tiny", $"{recipe}.yaml");
        File.WriteAllText(folder.File("recipe.yaml"), File.Exists(tiny) ? File.ReadAllText(tiny) : recipe);
        string? found = new RunGalleryOpener(DevicesOption.Read("cpu"), threads: 1, RunClips.BoardPictures).ObstacleOf(folder.FullName);
        Assert.Equal(obstacle is null, found is null);
        Assert.Contains(obstacle ?? "", found ?? "");
    }

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
