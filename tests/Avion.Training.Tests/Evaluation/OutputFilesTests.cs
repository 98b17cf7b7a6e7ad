using System.IO.Compression;
using Avion.Files;

namespace Avion.Training.Tests;

/// <summary>The files of an evaluation, read back by other means.</summary>
public sealed class OutputFilesTests : IDisposable
{
    private static readonly SupervisionLevels s_levels = new(2, 3, 4);
    private static readonly string[] s_clips = ["P01_11_0", "P01_11_1", "P02_3_7"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Predictions_have_the_best_columns_of_each_clip_with_truth_or_relevancy()
    {
        EvaluationOutputs outputs = new();
        outputs.Add(Table("verb", [0.1f, 0.7f, 0.2f, 0.5f, 0.5f, 0.1f, 3, 1, 2]) with
        {
            ColumnNames = ["take", "put", "wash"], Truth = [1, -1, 2],
        });
        outputs.Add(Table("caption", [1, 0, 0, 0, 0, 1, 0, 1, 0]) with { Relevancies = [1, 0.5f, 0, 0, 0, 1, 0, 0, 0] });
        OutputFiles.Write(_folder.File("p.json"), outputs, top: 2, supervision: null);
        JsonElement tables = JsonDocument.Parse(File.ReadAllText(_folder.File("p.json"))).RootElement.GetProperty("tables");
        JsonElement verbs = tables[0].GetProperty("rows");
        Assert.Equal(s_clips, verbs.EnumerateArray().Select(row => row.GetProperty("clip").GetString()));
        Assert.Equal(["put:1:0.7", "wash:2:0.2"], Top(verbs[0]));
        Assert.Equal(["take:0:0.5", "put:1:0.5"], Top(verbs[1]));
        Assert.Equal("put", verbs[0].GetProperty("truth").GetString());
        Assert.False(verbs[1].TryGetProperty("truth", out _));
        Assert.Equal(0.5, tables[1].GetProperty("rows")[0].GetProperty("top")[1].GetProperty("relevancy").GetDouble());

        static IEnumerable<string> Top(JsonElement row) => row.GetProperty("top").EnumerateArray().Select(entry =>
            $"{entry.GetProperty("name").GetString()}:{entry.GetProperty("column").GetInt32()}:{entry.GetProperty("score").GetSingle()}");
    }

    [Fact]
    public void Embeddings_come_back_from_safetensors_and_numpy_with_their_names()
    {
        EvaluationOutputs outputs = new();
        outputs.Add(Table("video", [1, 2, 3, 4, 5, 6, 7, 8, 9], OutputMeaning.Features));
        OutputFiles.Write(_folder.File("e.safetensors"), outputs, 1, null);
        using (TensorArchive archive = TensorArchive.Open(_folder.File("e.safetensors")))
        {
            Assert.Equal([3L, 3L], archive["video"].Extents.ToArray());
            Assert.Equal(s_clips, JsonSerializer.Deserialize<string[]>(archive.Metadata["names.video"]));
        }

        byte[] safetensors = File.ReadAllBytes(_folder.File("e.safetensors"));
        Assert.Equal([1f, 2, 3, 4, 5, 6, 7, 8, 9], Floats(safetensors));
        Assert.Equal([_folder.File("e.npy"), _folder.File("e.txt")], OutputFiles.Write(_folder.File("e.npy"), outputs, 1, null));
        byte[] numpy = File.ReadAllBytes(_folder.File("e.npy"));
        Assert.Contains("'descr': '<f4', 'fortran_order': False, 'shape': (3, 3, )", Encoding.ASCII.GetString(numpy, 10, 110));
        Assert.Equal([1f, 2, 3, 4, 5, 6, 7, 8, 9], Floats(numpy));
        Assert.Equal(s_clips, File.ReadAllLines(_folder.File("e.txt")));

        outputs.Add(Table("text", [9, 8, 7, 6, 5, 4, 3, 2, 1], OutputMeaning.Features));
        Assert.Equal(["f.video.npy", "f.video.txt", "f.text.npy", "f.text.txt"],
            OutputFiles.Write(_folder.File("f.npy"), outputs, 1, null).Select(Path.GetFileName));

        static float[] Floats(byte[] file) => [.. Enumerable.Range(0, 9).Select(i => BitConverter.ToSingle(file, file.Length - 36 + (4 * i)))];
    }

    [Theory]
    [InlineData("r.pkl")]
    [InlineData("r.zip")]
    public void The_retrieval_submission_is_a_dictionary_with_similarities_and_narration_ids(string name)
    {
        EvaluationOutputs outputs = new();
        outputs.Add(new OutputTable("caption", OutputMeaning.Scores, s_clips, 2, [0.5f, -1, 2, 0, 0.25f, 1]) { ColumnNames = ["P01_11_0", "P02_é"] });
        OutputFiles.Write(_folder.File(name), outputs, 1, s_levels);
        string pickle = _folder.File(name);
        if (name.EndsWith(".zip", StringComparison.Ordinal))
        {
            ZipFile.ExtractToDirectory(pickle, _folder.File("zip"));
            Assert.Equal(["test.pkl"], Directory.GetFiles(_folder.File("zip")).Select(Path.GetFileName));
            pickle = _folder.File("zip", "test.pkl");
        }

        using PickleReader reader = new(pickle, new NumpyPickleWorld());
        PickleDictionary content = Assert.IsType<PickleDictionary>(reader.Read());
        Assert.Equal(("0.1", "multi_instance_retrieval"), (content.Find("version"), content.Find("challenge")));
        Assert.Equal((2L, 3L, 4L), (content.Find("sls_pt"), content.Find("sls_tl"), content.Find("sls_td")));
        Assert.Equal(s_clips, Texts(content.Find("vis_ids")));
        Assert.Equal(["P01_11_0", "P02_é"], Texts(content.Find("txt_ids")));
        NumpyArray matrix = Assert.IsType<NumpyArray>(content.Find("sim_mat"));
        Assert.Equal([3L, 2L], matrix.Shape);
        byte[] bytes = new byte[24];
        long position = 0;
        matrix.Data.Read(reader.File, ref position, bytes);
        Assert.Equal([0.5f, -1f, 2f, 0f, 0.25f, 1f], Enumerable.Range(0, 6).Select(i => BitConverter.ToSingle(bytes, 4 * i)));
    }

    [Fact]
    public void The_recognition_submission_has_all_verbs_and_nouns_and_the_best_hundred_actions()
    {
        float[] actions = [.. Enumerable.Range(0, 3 * 120).Select(i => (float)(i * 37 % 120))];
        EvaluationOutputs outputs = new();
        outputs.Add(Table("verb", [1, 2, 3, 4, 5, 6, 7, 8, 9]));
        outputs.Add(new OutputTable("noun", OutputMeaning.Scores, s_clips, 1, [0.5f, 0.25f, 0.125f]));
        outputs.Add(new OutputTable("action", OutputMeaning.Scores, s_clips, 120, actions)
        {
            ColumnNames = [.. Enumerable.Range(0, 120).Select(i => $"{i % 3}:{i}")],
        });
        OutputFiles.Write(_folder.File("c.zip"), outputs, 1, s_levels);
        using ZipArchive zip = ZipFile.OpenRead(_folder.File("c.zip"));
        JsonElement root = JsonDocument.Parse(zip.GetEntry("test.json")!.Open()).RootElement;
        Assert.Equal(("0.2", "action_recognition", 2, 3, 4), (root.GetProperty("version").GetString(), root.GetProperty("challenge").GetString(),
            root.GetProperty("sls_pt").GetInt32(), root.GetProperty("sls_tl").GetInt32(), root.GetProperty("sls_td").GetInt32()));
        JsonElement clip = root.GetProperty("results").GetProperty("P01_11_1");
        Assert.Equal([("0", 4.0), ("1", 5.0), ("2", 6.0)], clip.GetProperty("verb").EnumerateObject().Select(p => (p.Name, p.Value.GetDouble())));
        Assert.Equal(0.25, clip.GetProperty("noun").GetProperty("0").GetDouble());
        (string Name, double Score)[] best = [.. clip.GetProperty("action").EnumerateObject().Select(p => (p.Name, p.Value.GetDouble()))];
        Assert.Equal(Enumerable.Range(0, 120).Select(i => ($"{i % 3},{i}", (double)actions[120 + i])).OrderByDescending(p => p.Item2).Take(100), best);
    }

    [Theory]
    [InlineData("x.txt", "expected one of .json, .safetensors, .npy, .pkl, .zip")]
    [InlineData("no/x.json", "there is no folder")]
    [InlineData("x.zip", "give --sls PRETRAINING,LABELS,DATA")]
    public void A_file_that_cannot_be_written_is_refused_before_the_evaluation(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<RunException>(() => OutputFiles.Check(_folder.File(name), null)).Message);

    [Fact]
    public void What_an_evaluation_has_not_found_is_not_written()
    {
        EvaluationOutputs outputs = new();
        Assert.Contains("has no embeddings", Assert.Throws<RunException>(() => OutputFiles.Write(_folder.File("a.npy"), outputs, 1, null)).Message);
        outputs.Add(Table("label", [1, 2, 3, 4, 5, 6, 7, 8, 9]));
        Assert.Contains("this evaluation is neither",
            Assert.Throws<RunException>(() => OutputFiles.Write(_folder.File("a.zip"), outputs, 1, s_levels)).Message);
        Assert.Empty(Directory.GetFiles(_folder.FullName));
    }

    [Theory]
    [InlineData("a.npy", true, ".json", ".npy")]
    [InlineData("a.NPY", true, ".json", ".npy")]
    [InlineData("a.npy", false, ".json", ".zip")]
    [InlineData("a.npy", false)]
    public void One_evaluator_of_several_has_to_fill_a_file(string name, bool isFilled, params string[] endings)
    {
        IEvaluator[] evaluators = [new FillingEvaluator([".json"]), new FillingEvaluator(endings)];
        if (isFilled)
        {
            OutputFiles.RequireFilled([name], evaluators);
        }
        else
        {
            Assert.Contains("some fills .json", Assert.Throws<RunException>(() => OutputFiles.RequireFilled([name], evaluators)).Message);
        }

        // A challenge knows its own clips alone.
        string message = Assert.Throws<RunException>(() => OutputFiles.RequireFilled(["a.zip"], [new FillingEvaluator([".json"])])).Message;
        Assert.Contains("a submission is of the clips of EPIC-KITCHENS-100 alone", message);
        Assert.Contains("some fills .json", message);

        // What an added task finds is known only afterwards.
        OutputFiles.RequireFilled([name], [new FillingEvaluator(null)]);
    }

    [Theory]
    [InlineData("2,3,3", true)]
    [InlineData("2,3", false)]
    [InlineData("2,3,6", false)]
    [InlineData("a,b,c", false)]
    public void Levels_are_three_numbers_from_0_to_5(string text, bool isRight) => Assert.Equal(isRight, SupervisionLevels.TryParse(text, out _));

    private static OutputTable Table(string name, float[] values, OutputMeaning meaning = OutputMeaning.Scores) =>
        new(name, meaning, s_clips, 3, values);

    private static IEnumerable<string> Texts(object? list) => Assert.IsType<IEnumerable<object?>>(list, exactMatch: false).Select(text => (string)text!);

    private sealed class FillingEvaluator(IReadOnlyList<string>? endings) : IEvaluator
    {
        public string Name => "some";

        public IReadOnlyList<string>? FileEndings => endings;

        public IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation) => [];
    }
}
