namespace Avion.Data.Tests;

/// <summary>Labels by name or number, and the lists that number them.</summary>
public sealed class ClassListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Names_are_numbered_in_ordinal_order_over_all_files_of_a_set()
    {
        string one = Write("a.csv", "video,label\nv1,walk\nv2,Run\nv3,walk\n");
        string two = Write("b.jsonl", "{\"video\":\"w\",\"label\":\"jump\"}\n");
        IReadOnlyList<ClipTable> tables = ClipAnnotations.ReadAll([one, two]);
        Assert.Equal(["Run", "jump", "walk"], tables[0].Classes[0].Names);
        Assert.Same(tables[0].Classes[0], tables[1].Classes[0]);
        Assert.Equal([2, 0, 2], Labels(tables[0]));
        Assert.Equal([1], Labels(tables[1]));
    }

    [Fact]
    public void A_given_list_decides_and_a_class_that_it_lacks_is_refused_with_the_nearest()
    {
        ClassList list = ClassList.Read(Write("classes.txt", "walk\nrun\njump\n"));
        AnnotationOptions options = new() { Use = AnnotationUse.Labels, Classes = [list] };
        Assert.Equal([1, 0], Labels(ClipAnnotations.Read(Write("a.csv", "video,label\nv1,run\nv2,walk\n"), options)));
        Assert.Equal([2, 0], Labels(ClipAnnotations.Read(Write("b.csv", "video,label\nv1,2\nv2,0\n"), options)));
        string wrong = Write("c.csv", "video,label\nv1,run\nv2,walks\n");
        DataException error = Assert.Throws<DataException>(() => ClipAnnotations.Read(wrong, options));
        Assert.All(["c.csv", "line 3", "'walks'", "'walk'", "3 classes"], part => Assert.Contains(part, error.Message));
        Assert.Equal([1, -1], Labels(ClipAnnotations.Read(wrong, options with { MarksUnknownClasses = true })));
        Assert.Contains("got '3'", Assert.Throws<DataException>(() => ClipAnnotations.Read(Write("d.csv", "video,label\nv,3\n"), options)).Message);
    }

    [Theory]
    [InlineData("c.txt", "b\na\nc d\n")]
    [InlineData("c.csv", "id,key,instances\n1,a,4\n0,b,5\n2,c d,6\n")]
    [InlineData("c.csv", "id,name\n0,b\n1,a\n2,\"c d\"\n")]
    [InlineData("c.json", "[\"b\", \"a\", \"c d\"]")]
    [InlineData("c.json", "{\"a\": \"1\", \"b\": 0, \"c d\": 2}")]
    public void Lists_of_classes_are_read_in_their_published_forms_and_written_back(string name, string content)
    {
        ClassList list = ClassList.Read(Write(name, content));
        Assert.Equal(["b", "a", "c d"], list.Names);
        list.Write(_folder.File("again.txt"));
        Assert.Equal(list.Names, ClassList.Read(_folder.File("again.txt")).Names);
    }

    [Theory]
    [InlineData("c.txt", "", "no classes")]
    [InlineData("c.txt", "a\nb\na\n", "named 'a'")]
    [InlineData("c.csv", "id,name\n0,b\n2,a\n", "0 to 1")]
    [InlineData("c.csv", "id,name\n0,b\n0,a\n", "line 3")]
    [InlineData("c.csv", "number\n0\n", "line 1")]
    [InlineData("c.json", "{\"a\": \"x\"}", "class 'a'")]
    [InlineData("c.json", "[1]", "c.json")]
    [InlineData("c.json", "{", "c.json")]
    public void Wrong_lists_are_refused(string name, string content, string message) =>
        Assert.Contains(message, Assert.Throws<DataException>(() => ClassList.Read(Write(name, content))).Message);

    [Fact]
    public void What_a_training_uses_has_to_be_there_and_the_rest_is_left_out()
    {
        string labels = Write("a.csv", "video,label\nv,3\n"), captions = Write("b.csv", "video,caption\nv,a\n");
        Assert.Contains("no labels", Assert.Throws<DataException>(() => ClipAnnotations.Read(captions, new() { Use = AnnotationUse.Labels })).Message);
        Assert.Contains("no captions", Assert.Throws<DataException>(() => ClipAnnotations.Read(labels, new() { Use = AnnotationUse.Captions })).Message);
        Assert.Equal(0, ClipAnnotations.Read(labels, new() { Use = AnnotationUse.Clips }).LabelCount);
        Assert.Contains("'.xyz'", Assert.Throws<DataException>(() => ClipAnnotations.Read("a.xyz")).Message);
    }

    [Fact]
    public void Several_labels_a_clip_have_a_list_each()
    {
        ClipTable table = ClipAnnotations.Read(Write("a.jsonl",
            "{\"video\":\"v\",\"label\":[\"cut\", 3]}\n{\"video\":\"w\",\"label\":[\"add\", 0]}\n"));
        Assert.Equal([1, 3], table.LabelsOf(0).ToArray());
        Assert.Equal([0, 0], table.LabelsOf(1).ToArray());
        Assert.Equal((true, false, 4), (table.Classes[0].HasNames, table.Classes[1].HasNames, table.Classes[1].Count));
    }

    [Fact]
    public void Actions_of_epic_kitchens_come_back_from_their_list()
    {
        EpicKitchensClasses classes = EpicKitchensClasses.Of(new ClassList("action", ["10:0", "1:0", "1:10"]));
        Assert.Equal(["10:0", "1:0", "1:10"], classes.Actions.Names);
        Assert.Equal([10, 1, 1], classes.VerbOfAction.ToArray());
        Assert.Throws<DataException>(() => EpicKitchensClasses.Of(new ClassList("action", ["take plate"])));
    }

    private static int[] Labels(ClipTable table) => [.. Enumerable.Range(0, table.Count).Select(clip => table.LabelsOf(clip)[0])];

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        return _folder.File(name);
    }
}
