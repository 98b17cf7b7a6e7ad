namespace Avion.Training.Tests;

/// <summary>A recipe's sources become one training set in the proportions that it asks for.</summary>
public sealed class ClipSetsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_of_one_source_follow_each_other_each_clip_once()
    {
        Dictionary<string, int> clips = Epoch(Open("data.train.annotations=[A, B]", clips: (A: 30, B: 50)), 0);
        Assert.Equal((30, 50), (clips["a"], clips["b"]));
    }

    [Fact]
    public void Passes_take_parts_of_sources_and_all_of_them_over_the_epochs()
    {
        IClipDataset set = Open("data.train.sources.one.annotations=A", "data.train.sources.two.annotations=B",
            "data.train.sources.two.passes=0.26");
        Assert.Equal(30 + 13, set.Count);
        HashSet<string> seen = [];
        for (int epoch = 0; epoch < 4; epoch++)
        {
            Dictionary<string, int> clips = Epoch(set, epoch, seen);
            Assert.Equal((30, 13), (clips["a"], clips["b"]));
        }

        Assert.Equal(30 + 50, seen.Count);
    }

    [Theory]
    [InlineData(0, 80, 20, 60)]
    [InlineData(40, 40, 10, 30)]
    [InlineData(1001, 1001, 250, 751)]
    public void Shares_divide_an_epoch_of_any_length(int perEpoch, int count, int one, int two)
    {
        IClipDataset set = Open("data.train.sources.one.annotations=A", "data.train.sources.two.annotations=B",
            "data.train.sources.one.share=1", "data.train.sources.two.share=3", $"data.clips_per_epoch={perEpoch}");
        Assert.Equal(count, set.Count);
        Dictionary<string, int> clips = Epoch(set, 3);
        Assert.Equal((one, two), (clips["a"], clips["b"]));
    }

    [Fact]
    public void An_epoch_of_some_clips_takes_the_others_in_the_next()
    {
        IClipDataset set = Open("data.train.annotations=[A, B]", "data.clips_per_epoch=16");
        HashSet<string> seen = [];
        for (int epoch = 0; epoch < 5; epoch++)
        {
            Assert.Equal(16, Epoch(set, epoch, seen).Values.Sum());
        }

        Assert.Equal(80, seen.Count);
    }

    [Fact]
    public void Sources_have_videos_of_their_own_or_share_those_of_all()
    {
        Directory.CreateDirectory(_folder.File("other", "x.mp4"));
        File.WriteAllText(_folder.File("other", "x.mp4", "0.mp4"), "");
        File.WriteAllText(_folder.File("x.csv"), "video,start,end,caption\nx,0,1,one\n");
        IClipDataset set = Open("data.train.sources.one.annotations=A", $"data.train.sources.two.annotations={_folder.File("x.csv")}",
            $"data.train.sources.two.videos={_folder.File("other")}", "data.train.sources.two.chunk_seconds=15");
        Assert.Equal(31, set.Count);
        Assert.Equal([_folder.File("videos"), _folder.File("other")], set.Censuses.Select(census => census.Store.Location));
    }

    [Fact]
    public void Clips_without_a_video_are_left_out_counted_and_refused_above_a_share()
    {
        IClipDataset Missing(string fraction)
        {
            Recipe recipe = Recipe("data.train.annotations=A", $"data.maximum_missing_fraction={fraction}");
            File.AppendAllText(_folder.File("A.csv"), "gone,0,1,a lost clip\n");
            return ClipSets.ForTraining(recipe, ClipSets.ReadTraining(recipe));
        }

        IClipDataset set = Missing("0.05");
        Assert.Equal(30, set.Count);
        Assert.Contains("1 of 31 clips", Assert.Single(set.Censuses).Describe());
        Assert.Contains("'gone'", Assert.Throws<DataException>(() => Missing("0.01")).Message);
    }

    [Fact]
    public void A_source_without_annotations_is_named_with_its_key()
    {
        Recipe recipe = RecipeReader.Read("name: x", "test", ["data.train.sources.one.videos=v"]);
        Assert.Contains("data.train.sources.one.annotations", Assert.Throws<RunException>(() => ClipSets.ReadTraining(recipe)).Message);
    }

    private IClipDataset Open(params string[] changes) => Open(changes, (30, 50));

    private IClipDataset Open(string change, (int A, int B) clips) => Open([change], clips);

    private IClipDataset Open(string[] changes, (int A, int B) clips)
    {
        Recipe recipe = Recipe(clips, changes);
        return ClipSets.ForTraining(recipe, ClipSets.ReadTraining(recipe));
    }

    private Recipe Recipe(params string[] changes) => Recipe((30, 50), changes);

    private Recipe Recipe((int A, int B) clips, string[] changes)
    {
        Directory.CreateDirectory(_folder.File("videos"));
        foreach ((string name, int count) in new[] { ("A", clips.A), ("B", clips.B) })
        {
            string video = name.ToLowerInvariant();
            File.WriteAllText(_folder.File("videos", $"{video}.mp4"), "");
            File.WriteAllText(_folder.File($"{name}.csv"), "video,start,end,caption\n"
                + string.Concat(Enumerable.Range(0, count).Select(clip => $"{video},{clip},{clip + 1},clip {clip}\n")));
        }

        return RecipeReader.Read("name: x", "test",
        [
            $"data.train.videos={_folder.File("videos")}", "data.train.chunk_seconds=0",
            .. changes.Select(change => change.Replace("=A", $"={_folder.File("A.csv")}", StringComparison.Ordinal)
                .Replace("=B", $"={_folder.File("B.csv")}", StringComparison.Ordinal)
                .Replace("[A, B]", $"[{_folder.File("A.csv")}, {_folder.File("B.csv")}]", StringComparison.Ordinal)),
        ]);
    }

    /// <summary>How often each video stands in an epoch; each clip at most once where no part is taken twice.</summary>
    private static Dictionary<string, int> Epoch(IClipDataset set, int epoch, HashSet<string>? seen = null)
    {
        Dictionary<string, int> counts = [];
        for (int index = 0; index < set.Count; index++)
        {
            string clip = set.Describe(new SampleKey(7, epoch, index));
            string video = clip.Split(' ')[0];
            counts[video] = counts.GetValueOrDefault(video) + 1;
            seen?.Add(clip);
        }

        return counts;
    }
}
