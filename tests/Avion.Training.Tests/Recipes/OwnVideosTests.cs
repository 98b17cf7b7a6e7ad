namespace Avion.Training.Tests;

/// <summary>What the documentation says of own videos without published weights or annotations begins.</summary>
public sealed class OwnVideosTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OwnVideosTests()
    {
        Directory.CreateDirectory(_folder.File("videos"));
        for (int video = 0; video < 256; video++)
        {
            File.WriteAllBytes(_folder.File("videos", $"{video}.mp4"), [0]);
        }

        File.WriteAllText(_folder.File("clips.csv"), "video,caption\n"
            + string.Concat(Enumerable.Range(0, 256).Select(video => $"{video}.mp4,a caption of video {video}\n")));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_of_videos_pre_trains_without_annotations()
    {
        string text = File.ReadAllText(Repository.Path("docs", "masked-video.md"));
        string command = text[text.IndexOf("avion train", StringComparison.Ordinal)..];
        string[] overrides =
        [
            .. command[..command.IndexOf("\navion", StringComparison.Ordinal)].Split("--set ").Skip(1).Select(change => change.Trim(' ', '\\', '\n')),
        ];
        Assert.Contains("data.train.videos=videos", overrides);
        TrainingPreview preview = Preview("videomae-vitb16-pretrain", [.. overrides, $"data.train.videos={_folder.File("videos")}"]);
        Assert.Empty(preview.Missing);
        Assert.Empty(preview.Problems);
        Assert.Equal(800, preview.Summary!.Steps);
    }

    [Fact]
    public void Captions_train_without_published_weights_once_the_published_vocabulary_is_left_out_too()
    {
        string[] overrides =
        [
            "model.initialize_from=", $"data.train.videos={_folder.File("videos")}", $"data.train.annotations={_folder.File("clips.csv")}",
            $"data.validation.videos={_folder.File("videos")}", $"data.validation.annotations={_folder.File("clips.csv")}",
            "data.train.chunk_seconds=0", "data.validation.chunk_seconds=0",
        ];
        Assert.Equal(["data.vocabulary"], Preview("finetune-clip", overrides).Missing.Select(input => input.Key));
        TrainingPreview preview = Preview("finetune-clip", [.. overrides, "data.vocabulary="]);
        Assert.Empty(preview.Missing);
        Assert.Empty(preview.Problems);
        Assert.Equal(40, preview.Summary!.Steps);
    }

    private static TrainingPreview Preview(string recipe, string[] overrides) => TrainingPreview.Of(
        RecipeReader.ReadFile(Repository.Path("recipes", recipe + ".yaml"), [.. overrides, "train.memory_budget=64GiB"]));
}
