export { GoldenPage as default } from "@/features/golden/GoldenPage";
