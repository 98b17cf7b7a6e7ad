namespace Avion.App.Tests;

public sealed class LearningDataTests
{
    private static readonly DemoTask s_small = LearningData.Full with { TrainingVideos = 3, HeldOutVideos = 2, VideoSeconds = 20 };

    [Fact]
    public async Task Every_reader_finds_the_same_clips_in_the_written_files()
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        using TemporaryFolder folder = new();
        LearningFolders folders = new(folder.File("learn"));
        await LearningData.PrepareAsync(folders, s_small, _ => { }, CancellationToken.None);

        LearningData data = LearningData.Draw(s_small);
        foreach (string split in new[] { LearningData.Train, LearningData.Validation })
        {
            SceneClip[] clips = [.. data.Scenes(split).SelectMany(scene => scene.Clips)];
            ClipTable captions = CaptionCsv.Read(folders.Annotations(split));
            ClipTable epic = EpicKitchens.Read(folders.EpicAnnotations(split));
            (List<string> ids, CaptionStore sentences) = EpicKitchens.ReadSentences(folders.Sentences(split));
            RelevanceMatrix relevancy = RelevanceMatrix.Read(folders.Relevancy(split));
            Assert.Equal([clips.Length, clips.Length, clips.Length], [captions.Count, epic.Count, relevancy.RowCount]);
            Assert.Equal(ids.Count, relevancy.ColumnCount);
            Assert.Equal(clips.DistinctBy(clip => clip.Caption).Count(), ids.Count);
            for (int i = 0; i < clips.Length; i++)
            {
                Assert.Equal(clips[i].Caption.Text, captions.Captions.Text(captions[i].FirstCaption));
                Assert.Equal(clips[i].Caption.Text, epic.Captions.Text(epic[i].FirstCaption));
                Assert.Equal((captions.Videos[captions[i].Video], captions[i].Span.Start),
                    (epic.Videos[epic[i].Video], Math.Round(epic[i].Span.Start, 3)));
                Assert.Equal(LearningAnnotations.LabelOf(s_small, clips[i].Caption), captions.LabelsOf(i)[0]);
                for (int column = 0; column < ids.Count; column++)
                {
                    bool isOwn = sentences.Text(column) == clips[i].Caption.Text;
                    Assert.Equal(isOwn, relevancy.Values[(i * ids.Count) + column] == 1);
                }
            }
        }

        Assert.Equal(["0.mp4", "15.mp4"], Directory.GetFiles(Path.Combine(folders.VideosOf("train"), "000.mp4")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_label_needs_colour_and_motion_and_says_nothing_of_the_shape()
    {
        DemoTask task = LearningData.Full;
        List<(int Label, Caption Caption)> all = [.. from colour in task.Colours
                                                     from shape in task.Shapes
                                                     from motion in task.Motions
                                                     let caption = new Caption(colour, shape, motion)
                                                     select (LearningAnnotations.LabelOf(task, caption), caption)];
        Assert.Equal(Enumerable.Range(0, LearningAnnotations.LabelCount(task)), all.Select(pair => pair.Label).Distinct().Order());
        Assert.All(all, a => Assert.All(all, b =>
            Assert.Equal((a.Caption.Colour, a.Caption.Motion) == (b.Caption.Colour, b.Caption.Motion), a.Label == b.Label)));
        Assert.All(all, a => Assert.NotEqual(a.Label, LearningAnnotations.LabelOf(task, a.Caption.Reversed)));
    }

    [Fact]
    public void Relevance_is_half_the_motion_and_half_the_overlap_of_colour_and_shape()
    {
        Caption red = new(LearningData.Full.Colours[0], ObjectShape.Ring, Motion.All[0]);
        Assert.Equal(1, LearningAnnotations.RelevanceOf(red, red));
        Assert.Equal(0.5f, LearningAnnotations.RelevanceOf(red, red.Reversed));
        Assert.Equal(0.5f + (1f / 6), LearningAnnotations.RelevanceOf(red, red with { Shape = ObjectShape.Square }));
        Assert.Equal(0, LearningAnnotations.RelevanceOf(red, new Caption(LearningData.Full.Colours[1], ObjectShape.Square, Motion.All[1])));
    }

    [Fact]
    public async Task Data_that_is_there_is_not_made_again_and_a_folder_of_the_user_is_left_alone()
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        using TemporaryFolder folder = new();
        LearningFolders folders = new(folder.File("learn"));
        DemoTask tiny = s_small with { TrainingVideos = 1, HeldOutVideos = 1, VideoSeconds = 5 };
        await LearningData.PrepareAsync(folders, tiny, _ => { }, CancellationToken.None);
        File.Delete(folders.Annotations("train"));
        await LearningData.PrepareAsync(folders, tiny, _ => { }, CancellationToken.None);
        Assert.False(File.Exists(folders.Annotations("train")));
        await LearningData.PrepareAsync(folders, tiny with { VideoSeconds = 6 }, _ => { }, CancellationToken.None);
        Assert.True(File.Exists(folders.Annotations("train")));

        Directory.CreateDirectory(folder.File("mine"));
        File.WriteAllText(folder.File("mine", "thesis.txt"), "");
        await Assert.ThrowsAsync<UsageException>(
            () => LearningData.PrepareAsync(new LearningFolders(folder.File("mine")), tiny, _ => { }, CancellationToken.None));
        Assert.Equal(["thesis.txt"], Directory.GetFiles(folder.File("mine")).Select(Path.GetFileName));
    }
}
