using BenchmarkDotNet.Running;

// Micro-benchmarks for contributors: dotnet run -c Release --project benchmarks/Avion.Benchmarks -- --filter '*LayerNorm*'
BenchmarkSwitcher.FromAssembly(typeof(Avion.Benchmarks.TapeBenchmarks).Assembly).Run(args);
