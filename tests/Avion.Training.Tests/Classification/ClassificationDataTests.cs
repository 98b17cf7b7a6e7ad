namespace Avion.Training.Tests;

/// <summary>From annotation files to numbered classes, and what is refused on the way.</summary>
public sealed class ClassificationDataTests : IDisposable
{
    private const string EpicHeader = "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,"
        + "stop_frame,narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes";

    private readonly TemporaryFolder _folder = new();

    public ClassificationDataTests()
    {
        Directory.CreateDirectory(_folder.File("P01"));
        foreach (string video in new[] { "a", "b", "c", "d", "x", "P01/P01_01" })
        {
            File.WriteAllText(_folder.File(video + ".mp4"), "not read here");
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Names_are_numbered_by_their_letters_over_both_sets_and_kept_with_the_run()
    {
        Recipe recipe = Recipe("video,label\na.mp4,pour\nb.mp4,cut\n", "video,label\nc.mp4,stir\nd.mp4,cut\n");
        ClassificationData data = ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Training);
        Assert.Equal(["cut", "pour", "stir"], data.Classes.Names);
        Assert.Equal([1, 0], Labels(data.Train!));
        Assert.Equal([2, 0], Labels(data.Validation!));
        Assert.Null(data.Actions);

        // A checkpoint keeps the numbers, whatever the annotations are then.
        File.WriteAllText(_folder.File("validation.csv"), "video,label\nx.mp4,stir\n");
        ClassificationData again = ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Evaluation);
        Assert.Equal(data.Classes.Names, again.Classes.Names);
        Assert.Equal([2], Labels(again.Validation!));
        Assert.Null(again.Train);
    }

    [Fact]
    public void Classes_are_counted_and_those_without_a_clip_to_train_on_are_told()
    {
        Recipe recipe = Recipe("video,label\na.mp4,pour\nb.mp4,cut\n", "video,label\nc.mp4,stir\nd.mp4,cut\n", "train.batch_size=2");
        TrainingPreview preview = TrainingPreview.Of(recipe);
        Assert.Contains("2 clips, 2 validation clips, 3 classes;", preview.Summary!.Lines().First());
        Assert.Equal("1 of 3 classes of 'label' have no clip to train on, and cannot be learned: 'stir'.", Assert.Single(preview.Warnings));

        Recipe whole = Recipe("video,label\na.mp4,pour\nb.mp4,cut\n", "video,label\nd.mp4,cut\n", "train.batch_size=2");
        Assert.Empty(TrainingPreview.Of(whole).Warnings);
    }

    [Fact]
    public void Clips_of_one_class_alone_are_told()
    {
        Recipe recipe = Recipe("video,label\na.mp4,pour\nb.mp4,pour\n", "video,label\nd.mp4,pour\n", "train.batch_size=2");
        Assert.StartsWith("All clips to train on have the class 'pour' of 'label': there is nothing to tell apart",
            Assert.Single(TrainingPreview.Of(recipe).Warnings));
    }

    [Fact]
    public void Actions_are_numbered_as_published_and_know_their_verbs_and_nouns()
    {
        Recipe recipe = Recipe(Epic((10, 0), (1, 0), (2, 5)), Epic((1, 3)));
        ClassificationData data = ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Training);
        Assert.Equal(["10:0", "1:0", "1:3", "2:5"], data.Classes.Names);
        Assert.Equal((3, 2), (data.Train!.LabelCount, data.LabelIndex));
        Assert.Equal([0, 1, 3], Labels(data.Train, data.LabelIndex));
        Assert.Equal((11, 6), (data.Actions!.Verbs.Count, data.Actions.Nouns.Count));
        Assert.Equal([10, 1, 1, 2], data.Actions.VerbOfAction.ToArray());

        ClassificationData again = ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Evaluation);
        Assert.Equal([2], Labels(again.Validation!, again.LabelIndex));
        Assert.Equal(data.Actions.NounOfAction.ToArray(), again.Actions!.NounOfAction.ToArray());
    }

    [Fact]
    public void Another_label_may_be_learned()
    {
        Recipe recipe = Recipe(Epic((10, 0), (1, 0)), Epic((1, 0)), "data.label=verb");
        ClassificationData data = ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Training);
        Assert.Equal((11, 0), (data.Classes.Count, data.LabelIndex));
        Assert.Null(data.Actions);
        RunException error = Assert.Throws<RunException>(() => ClassificationData.Open(
            Recipe(Epic((10, 0)), Epic((1, 0)), "data.label=colour"), _folder.File("other"), TaskPurpose.Training));
        Assert.Contains("data.label is 'colour', expected one of the labels that clips have: verb, noun, action", error.Message);
    }

    /// <summary>The test set of the challenge tells neither narrations nor classes, in another order of columns.</summary>
    [Fact]
    public void Clips_of_the_challenge_without_classes_are_evaluated_and_not_trained_on()
    {
        Recipe recipe = Recipe(Epic((10, 0), (1, 0), (2, 5)), Epic((1, 0)));
        ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Training);
        string test = _folder.File("EPIC_100_test_timestamps.csv");
        File.WriteAllText(test, "narration_id,participant_id,video_id,start_timestamp,stop_timestamp,start_frame,stop_frame\n"
            + "P01_01_0,P01,P01_01,00:00:01.50,00:00:03.25,90,195\nP01_01_1,P01,P01_01,00:00:02.00,00:00:04.00,120,240\n");
        ClipTable table = ClipAnnotations.Read(test);
        Assert.Equal((2, 0, 0), (table.Count, table.LabelCount, table.Captions.Count));
        Assert.Equal(("P01/P01_01", new ClipSpan(1.5, 3.25)), (table.Videos[0], table[0].Span));

        string[] challenge = [$"data.validation.annotations={test}"];
        ClassificationData data = ClassificationData.Open(
            RecipeReader.Override(recipe, challenge), _folder.FullName, TaskPurpose.Evaluation);
        Assert.Equal((2, 0), (data.Validation!.Count, data.Validation.LabelCount));
        Assert.Equal(["P01_01_0", "P01_01_1"], data.ClipIds);
        Directory.CreateDirectory(_folder.File("new"));
        DataException refused = Assert.Throws<DataException>(
            () => ClassificationData.Open(RecipeReader.Override(recipe, challenge), _folder.File("new"), TaskPurpose.Training));
        Assert.Contains("has no labels", refused.Message);

        File.WriteAllText(test, "narration_id,participant_id,video_id,from,to\nP01_01_0,P01,P01_01,1,2\n");
        Assert.Contains("columns 'start_timestamp' and 'stop_timestamp'", Assert.Throws<DataException>(() => ClipAnnotations.Read(test)).Message);
    }

    [Fact]
    public void A_preview_without_annotations_says_with_how_many_classes_it_counts()
    {
        Recipe recipe = RecipeReader.Override(Recipe("video,label\na.mp4,pour\n", "video,label\nc.mp4,stir\n"),
            [$"data.train.annotations={_folder.File("absent.csv")}", "model.classes=0"]);
        TrainingPreview preview = TrainingPreview.Of(recipe);
        Assert.Contains("counted with 1000 classes, as long as annotations do not tell how many.", string.Join('\n', preview.Summary!.Lines()));
        Assert.DoesNotContain("counted with", string.Join('\n', TrainingPreview.Of(RecipeReader.Override(recipe, ["model.classes=2"])).Summary!.Lines()));
    }

    [Theory]
    [InlineData("videos", 0, "Name the folder of your videos: --set data.train.videos=FOLDER")]
    [InlineData("videos", 15, "avion data prepare SOURCE videos")]
    [InlineData("videos", 30, "avion data prepare SOURCE videos --chunk-seconds 30")]
    [InlineData("demo/data/videos", 15, "avion demo --data-only")]
    [InlineData("learn/data/videos", 15, "avion bench learn --data-only")]
    public void Missing_videos_come_with_the_way_to_have_them(string videos, int chunkSeconds, string remedy)
    {
        Recipe recipe = RecipeReader.Override(
            ClassifierRuns.Recipe("run"), [$"data.train.videos={videos}", $"data.train.chunk_seconds={chunkSeconds}"]);
        MissingInput missing = Assert.Single(MissingInput.Of(recipe), input => input.Key == "data.train.videos");
        Assert.EndsWith(remedy, missing.Remedy);
    }

    [Theory]
    [InlineData("video,label\na.mp4,0\nb.mp4,7\n", 0, 8)]
    [InlineData("video,label\na.mp4,0\nb.mp4,7\n", 400, 400)]
    [InlineData("a.mp4 0\nb.mp4 300 5\n", 0, 6)]
    public void Numbers_may_leave_classes_without_clips(string annotations, int stated, int expected)
    {
        string ending = annotations.StartsWith("video", StringComparison.Ordinal) ? "csv" : "txt";
        File.WriteAllText(_folder.File("train." + ending), annotations);
        Recipe recipe = RecipeReader.Override(ClassifierRuns.Recipe("run"),
            [$"data.train.annotations={_folder.File("train." + ending)}", $"data.train.videos={_folder.FullName}",
            $"model.classes={stated}", "data.train.chunk_seconds=0"]);
        Assert.Equal(expected, ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Training).Classes.Count);
    }

    [Theory]
    [InlineData("model.classes=5", "have 2 classes of 'label', model.classes is 5. Set model.classes=2")]
    [InlineData("model.classes=1", "have 2 classes of 'label', model.classes is 1. Set model.classes=2")]
    [InlineData("evaluate.best_metric=verb_top1", "evaluate.best_metric is verb_top1, which only actions of EPIC-KITCHENS-100 have")]
    public void What_does_not_fit_the_data_is_refused_with_the_fix(string change, string expected)
    {
        Recipe recipe = Recipe("video,label\na.mp4,pour\nb.mp4,cut\n", "video,label\nc.mp4,cut\n", change);
        Assert.Contains(expected,
            Assert.Throws<RunException>(() => ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Training)).Message);
    }

    [Theory]
    [InlineData("video,label\na.mp4,\n", "line 2", "'label'")]
    [InlineData("video,label\na.mp4,3\nb.mp4,-1\n", "line 3", "got the class '-1'")]
    [InlineData("video,caption\na.mp4,cut\n", "has no labels", "a column 'label'")]
    public void Bad_labels_are_named_with_file_and_line(string annotations, params string[] expected)
    {
        Recipe recipe = Recipe(annotations, annotations);
        string message =
            Assert.Throws<DataException>(() => ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Training)).Message;
        Assert.All([_folder.File("train.csv"), .. expected], part => Assert.Contains(part, message));
    }

    [Fact]
    public void A_class_that_the_list_lacks_is_refused_with_the_nearest()
    {
        File.WriteAllText(_folder.File("classes.txt"), "pour\ncut\n");
        Recipe recipe = Recipe("video,label\na.mp4,pour\nb.mp4,cutt\n", "video,label\nc.mp4,cut\n",
            $"data.classes={_folder.File("classes.txt")}");
        string message =
            Assert.Throws<DataException>(() => ClassificationData.Open(recipe, _folder.FullName, TaskPurpose.Training)).Message;
        Assert.Contains("got 'cutt', expected one of the 2 classes", message);
        Assert.Contains("the nearest is 'cut'", message);
    }

    [Fact]
    public void A_checkpoint_without_classes_says_so()
    {
        Recipe recipe = Recipe("video,label\na,b\n", "video,label\na,b\n");
        RunException error = Assert.Throws<RunException>(
            () => ClassificationData.Open(recipe, _folder.File("empty"), TaskPurpose.Evaluation));
        Assert.Contains("has no classes.json", error.Message);
    }

    private static string Epic(params (int Verb, int Noun)[] pairs) => EpicHeader + "\n" + string.Concat(pairs.Select((pair, i) =>
        $"P01_01_{i},P01,P01_01,00:00:00.00,00:00:0{i}.00,00:00:0{i + 1}.00,0,30,do it,verb,{pair.Verb},noun,{pair.Noun},[],[]\n"));

    private Recipe Recipe(string train, string validation, params string[] overrides)
    {
        File.WriteAllText(_folder.File("train.csv"), train);
        File.WriteAllText(_folder.File("validation.csv"), validation);
        return RecipeReader.Override(ClassifierRuns.Recipe("run"),
        [
            $"data.train.annotations={_folder.File("train.csv")}", $"data.train.videos={_folder.FullName}", "model.classes=0",
            $"data.validation.annotations={_folder.File("validation.csv")}", $"data.validation.videos={_folder.FullName}",
            "data.train.chunk_seconds=0", "data.validation.chunk_seconds=0", .. overrides,
        ]);
    }

    /// <summary>The labels of all clips.</summary>
    private static int[] Labels(IClipDataset clips, int label = 0)
    {
        int[] labels = new int[clips.Count];
        ClipRequest request = new(2, 8, 8, clips.LabelCount);
        using SyntheticClips.Source source = new();
        for (int clip = 0; clip < labels.Length; clip++)
        {
            request.Clear();
            clips.Draw(new SampleKey(0, 0, clip), source, request);
            labels[clip] = request.Labels[label];
        }

        return labels;
    }
}
