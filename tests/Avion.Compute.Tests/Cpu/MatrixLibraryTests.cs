namespace Avion.Compute.Tests;

/// <summary>Every matrix library of this machine against a triple loop in double precision.</summary>
public sealed class MatrixLibraryTests
{
    private static readonly (int M, int N, int K)[] s_sizes =
    [
        (1, 1, 1), (3, 5, 7), (4, 48, 16), (5, 49, 257), (17, 31, 1), (33, 97, 300), (130, 481, 129), (64, 64, 64), (1, 200, 77),
        (0, 4, 4), (4, 4, 0),
    ];

    public static TheoryData<string> Libraries => ["onednn", "openblas", "managed"];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Products_match_a_triple_loop(string name)
    {
        MatrixLibrary library = Open(name);
        foreach ((int m, int n, int k) in s_sizes)
        {
            foreach ((bool transposeA, bool transposeB) in (ReadOnlySpan<(bool, bool)>)[(false, false), (true, false), (false, true),
                (true, true)])
            {
                foreach ((float alpha, float beta) in (ReadOnlySpan<(float, float)>)[(1, 0), (1, 1), (-0.5f, 2)])
                {
                    new MatrixExample(transposeA, transposeB, m, n, k).Check(library, alpha, beta);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Products_of_bfloat16_match_a_triple_loop(string name)
    {
        MatrixLibrary library = Open(name);
        foreach ((int m, int n, int k) in (ReadOnlySpan<(int, int, int)>)[.. s_sizes, (8, 9, 70_000)])
        {
            foreach ((bool transposeA, bool transposeB) in (ReadOnlySpan<(bool, bool)>)[(false, false), (true, false), (false, true),
                (true, true)])
            {
                new MatrixExample(transposeA, transposeB, m, n, k, isOfBFloat16: true).CheckBFloat16(library, accumulate: false);
                new MatrixExample(transposeA, transposeB, m, n, k, isOfBFloat16: true).CheckBFloat16(library, accumulate: true);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Target_is_not_read_when_beta_is_zero(string name)
    {
        MatrixExample example = new(false, true, 9, 50, 20);
        Array.Fill(example.C, float.NaN);
        example.Multiply(Open(name), 1, 0);
        Assert.DoesNotContain(example.Inner(example.C), float.IsNaN);
        Array.Fill(example.C, float.NaN);
        example.MultiplyBFloat16(Open(name), accumulate: false);
        Assert.DoesNotContain(example.Inner(example.C), float.IsNaN);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public unsafe void Warm_product_of_bfloat16_allocates_nothing(string name)
    {
        const int Side = 40;
        MatrixLibrary library = Open(name);
        BFloat16* factors = stackalloc BFloat16[Side * Side];
        float* target = stackalloc float[Side * Side];
        library.Multiply(false, true, Side, Side, Side, factors, Side, factors, Side, true, target, Side);
        long before = GC.GetAllocatedBytesForCurrentThread();
        library.Multiply(false, true, Side, Side, Side, factors, Side, factors, Side, true, target, Side);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Calls_from_many_threads_at_once_give_what_one_thread_gives(string name)
    {
        MatrixLibrary library = Open(name);
        MatrixExample[] examples = [.. Enumerable.Range(0, 8).Select(i => new MatrixExample(i % 2 == 0, i % 3 == 0, 60 + i, 70, 80, i > 3))];
        float[][] expected = [.. examples.Select((example, i) => Multiply(example, i > 3))];
        Parallel.For(0, 400, call =>
        {
            MatrixExample own = examples[call % 8].WithOwnTarget();
            Assert.Equal(own.Inner(expected[call % 8]), own.Inner(Multiply(own, call % 8 > 3)));
        });

        float[] Multiply(MatrixExample example, bool isOfBFloat16)
        {
            if (isOfBFloat16)
            {
                example.MultiplyBFloat16(library, accumulate: false);
            }
            else
            {
                example.Multiply(library, 1, 0);
            }

            return example.C;
        }
    }

    [Fact]
    public void Choice_that_cannot_be_opened_tells_why_and_what_is_expected()
    {
        string message = Assert.Throws<DllNotFoundException>(() => MatrixLibraries.Open("/nowhere/libfast.so")).Message;
        Assert.Contains("/nowhere/libfast.so was not found", message);
        Assert.Contains("Expected onednn, openblas, managed", message);
        Assert.Contains("exports neither", Assert.Throws<DllNotFoundException>(() => MatrixLibraries.Open("libc.so.6")).Message);
    }

    [Fact]
    public void Description_lists_every_candidate_and_marks_the_one_in_use()
    {
        IReadOnlyList<MatrixLibraryFinding> findings = MatrixLibraries.Describe();
        Assert.Equal(MatrixLibraries.Best.Name, Assert.Single(findings, finding => finding.IsChosen).Name);
        Assert.Equal(MatrixLibraries.Managed.Name, findings[^1].Name);
        Assert.All(findings, finding => Assert.NotEqual("", finding.Detail));
    }

    private static MatrixLibrary Open(string name)
    {
        try
        {
            return MatrixLibraries.Open(name);
        }
        catch (DllNotFoundException exception)
        {
            Assert.Skip($"needs {name}: {exception.Message}");
            throw;
        }
    }
}
